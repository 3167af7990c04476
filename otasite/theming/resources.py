"""Where the bundled themes and the starter content are.

An installed wheel carries them inside the package (``otasite/_bundled``); a checkout or an editable install has
them beside it (``themes/`` and ``content/``). Both are found from this package's own folder and never from
the current one: which folder a person happens to stand in must not decide how a site looks.
"""

from __future__ import annotations

from pathlib import Path

from otasite.problems import Refused

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled_themes(package: Path = _PACKAGE) -> Path:
    """The folder whose children are the bundled themes. Raises :class:`Refused` in a broken installation."""
    return _find(package, "themes", "themes")


def starter_content(package: Path = _PACKAGE) -> Path:
    """The folder with the content of a new site. Raises :class:`Refused` in a broken installation."""
    return _find(package, "starter", "content")


def _find(package: Path, in_wheel: str, in_checkout: str) -> Path:
    installed = package / "_bundled" / in_wheel
    if installed.is_dir():
        return installed
    checkout = package.parent
    # The project file tells a checkout from a site-packages folder that has somebody else's “themes”.
    if (checkout / "pyproject.toml").is_file() and (checkout / in_checkout).is_dir():
        return checkout / in_checkout
    raise Refused(
        f"this installation of otasite is incomplete: its {in_checkout} are missing",
        hint="install otasite again",
    )
