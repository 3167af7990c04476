"""otasite: a static-site generator for app distribution pages.

What is in ``__all__`` is the Python API: the changelog says when something of it comes, changes or goes. Everything
else may move at any time. Nothing is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from otasite.catalogue.sources import Changes
    from otasite.preview.listeners import Settings as PreviewSettings
    from otasite.preview.running import Preview
    from otasite.problems import Location, OtasiteError, Problem, ProblemsFound, Refused
    from otasite.publish.checking import check
    from otasite.publish.cleaning import clean
    from otasite.publish.engine import build
    from otasite.publish.report import Report
    from otasite.workshop.add_request import AddRequest
    from otasite.workshop.options import BuildOptions
    from otasite.workshop.recording import Recorded
    from otasite.workshop.workshop import Workshop, open_project

__version__ = "0.1.0"
__all__ = [
    "AddRequest",
    "BuildOptions",
    "Changes",
    "Location",
    "OtasiteError",
    "Preview",
    "PreviewSettings",
    "Problem",
    "ProblemsFound",
    "Recorded",
    "Refused",
    "Report",
    "Workshop",
    "__version__",
    "build",
    "check",
    "clean",
    "open_project",
]

#: Members of public classes that are ours alone, though another room calls them: they may move at any time.
INTERNAL = {
    "Workshop": frozenset(
        {
            "assemble",
            "assembly",
            "files_of",
            "is_good",
            "loader",
            "newest",
            "recall",
            "review",
            "site_files",
            "take",
            "units",
        }
    ),
}
#: Public name → module, and its name there when that is another one.
_HOMES = {
    "AddRequest": ("otasite.workshop.add_request", ""),
    "BuildOptions": ("otasite.workshop.options", ""),
    "Changes": ("otasite.catalogue.sources", ""),
    "Location": ("otasite.problems", ""),
    "OtasiteError": ("otasite.problems", ""),
    "Preview": ("otasite.preview.running", ""),
    "PreviewSettings": ("otasite.preview.listeners", "Settings"),
    "Problem": ("otasite.problems", ""),
    "ProblemsFound": ("otasite.problems", ""),
    "Recorded": ("otasite.workshop.recording", ""),
    "Refused": ("otasite.problems", ""),
    "Report": ("otasite.publish.report", ""),
    "Workshop": ("otasite.workshop.workshop", ""),
    "build": ("otasite.publish.engine", ""),
    "check": ("otasite.publish.checking", ""),
    "clean": ("otasite.publish.cleaning", ""),
    "open_project": ("otasite.workshop.workshop", ""),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, other = _HOMES[name]
    found: object = getattr(import_module(module), other or name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
