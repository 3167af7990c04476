"""Files that stand where nothing reads them, or where something else is expected: said, not passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from typing import Final

import msgspec

from otasite.catalogue.records import AppRecord, ReleaseRecord
from otasite.catalogue.site_record import SiteRecord
from otasite.problems import Location, Problem, closest

#: What is read in content/data/.
DATA_ENDINGS: Final = (".yaml", ".json", ".csv")
#: Folders of content/ that are read, each with the endings of what is looked for in it.
_FOLDERS: Final = {"apps": (".yaml",), "pages": (".md",), "data": DATA_ENDINGS, "static": ("",)}
#: How like another a folder's name must be (0 to 1): “page” is like “pages”, “images” is not.
_SLIP: Final = 0.75
_YAML: Final = (".yaml", ".yml")
#: What a file of each kind is called, and where it belongs.
_KINDS: Final[dict[type[msgspec.Struct], tuple[str, str]]] = {
    AppRecord: ("an app", "it belongs at content/apps/NAME/app.yaml, or content/apps/NAME.yaml"),
    ReleaseRecord: ("a release", "it belongs into the folder releases/ of its app, content/apps/NAME/releases/"),
    SiteRecord: ("the settings of a site", "they belong at content/site.yaml"),
}


def misplaced(keys: Set[str], type_: type[msgspec.Struct], path: str) -> Problem | None:
    """The problem of a file with these keys that is read as ``type_`` and is plainly of another kind."""
    known = len(keys & _fields(type_))
    for other, (name, place) in _KINDS.items():
        if other is not type_ and keys <= _fields(other) and len(keys) >= known + 2:
            expected = _KINDS[type_][0]
            return Problem(
                code="misplaced-file",
                message=f"this looks like {name}, and stands where {expected} is expected",
                hint=place,
                location=Location(path),
            )
    return None


def _fields(type_: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(type_.__struct_fields__)


def strays_beside_app(folder: str, names: Iterable[str]) -> Iterator[Problem]:
    """What nothing reads in an app's folder, of which ``names`` are there."""
    for name in names:
        path = f"{folder}/{name}"
        if name.endswith(_YAML) and name not in ("app.yaml", "app.yml"):
            yield _stray(path, f"a release belongs into {folder}/releases/")
        elif "." not in name and name != "releases" and closest(name.lower(), ["releases"], likeness=_SLIP):
            yield _stray(path, f"releases are read from {folder}/releases/", "folder")


def strays_in_content(names: Iterable[str], listing: Callable[[str], tuple[str, ...]]) -> Iterator[Problem]:
    """What nothing reads in content/, of which ``names`` are there; ``listing`` gives the names in a folder."""
    for name in names:
        path = f"content/{name}"
        if name.endswith(_YAML) and name != "site.yaml":
            yield _stray(path, f"{_KINDS[AppRecord][1]}; the site's settings are content/site.yaml")
        elif "." not in name and name not in _FOLDERS:
            meant = closest(name.lower(), _FOLDERS, likeness=_SLIP)
            if meant and _holds(path, _FOLDERS[meant], listing):
                yield _stray(path, f"rename it to content/{meant}", "folder")


def _holds(folder: str, endings: tuple[str, ...], listing: Callable[[str], tuple[str, ...]]) -> bool:
    """Whether files with one of these endings are in a folder or in one directly below."""
    names = listing(folder)
    below = (entry for name in names if "." not in name for entry in listing(f"{folder}/{name}"))
    return any(name.endswith(endings) for name in (*names, *below))


def _stray(path: str, hint: str, what: str = "file") -> Problem:
    return Problem(code="stray-file", message=f"nothing reads this {what}", hint=hint, location=Location(path))
