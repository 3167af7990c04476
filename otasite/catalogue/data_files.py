"""``content/data/``: files of a site's own, which templates read as ``data.<name>``."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn

import msgspec

from otasite.catalogue.files import Files
from otasite.catalogue.own_data import completed, empty
from otasite.catalogue.strays import DATA_ENDINGS
from otasite.problems import Location, Problem, ProblemsFound
from otasite.typed_yaml.composing import MAX_CHARACTERS, MAX_DEPTH
from otasite.typed_yaml.convert import conform
from otasite.typed_yaml.kinds import Expected
from otasite.typed_yaml.reading import Document, KeyPath, Where, read_yaml
from otasite.typed_yaml.texts import Places, conflict_problem, decode, unprintable_in

DATA: Final = "content/data"
#: A name that templates can write behind a dot; with a hyphen it needs brackets.
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
#: Whole numbers beyond these no program reads alike.
_LARGEST: Final = 2**63 - 1
_ENDINGS_HINT: Final = "data are .yaml, .json and .csv files directly in content/data/"


class DataFile(msgspec.Struct, frozen=True):
    """What one file holds: text, numbers, truths, nothing, and lists and mappings of these."""

    value: Any


class DataFiles:
    """The data of a site in these languages, as far as its theme declares them, by ``types`` of files."""

    def __init__(self, files: Files, types: Mapping[str, Expected], languages: tuple[str, ...]) -> None:
        self._files = files
        self._types = types
        self._languages = languages

    def read(self) -> dict[str, Any]:
        """What each file holds, by the name that templates use; what is wrong goes to the findings.

        What the theme declares is always there, if only as an empty list or as nothing.
        """
        found: dict[str, Any] = {name: empty(wanted) for name, wanted in self._types.items()}
        for name, path in self._paths().items():
            try:
                value = self._files.sources.load(path, DataFile, _parse).value
            except ProblemsFound as error:
                self._files.findings.extend(error.problems)
                value = None
            wanted = self._types.get(name)
            found[name] = value if wanted is None or value is None else self._judged(wanted, value, path)
        return found

    def _paths(self) -> dict[str, str]:
        """The files by the names that templates use."""
        found: dict[str, str] = {}
        for name in self._files.sources.listing(DATA):
            path = f"{DATA}/{name}"
            stem, _, ending = name.rpartition(".")
            if ending == "yml":
                self._files.refuse_yml(path)
            elif f".{ending}" not in DATA_ENDINGS:
                self._note_file("stray-file", "nothing reads this in the folder of data", _ENDINGS_HINT, path)
            elif not _NAME.fullmatch(stem):
                message = f"“{stem}” cannot be the name of data: templates write it behind a dot"
                self._note_file("bad-name", message, "use letters, digits and underscore, a letter first", path)
            elif stem in found:
                hint = "keep one of the two, or rename one"
                self._note_file("data-file", f"{found[stem]} is “data.{stem}”, too", hint, path)
            else:
                found[stem] = path
        return found

    def _judged(self, wanted: Expected, value: Any, path: str) -> Any:
        where = Where(lambda: _places(self._files.sources.read(path), path))
        judged, problems = conform(wanted, _as_text(value), where)
        self._files.findings.extend(problems)
        return completed(wanted, judged, self._languages)

    def _note_file(self, code: str, message: str, hint: str, path: str) -> None:
        self._files.findings.report(code, message, hint=hint, at=Location(path))


class _Table(Document):
    """Places in a file that is no YAML: lines of rows, or the file as a whole."""

    __slots__ = ("_lines",)

    def __init__(self, shown_as: str, lines: Sequence[int] = ()) -> None:
        super().__init__("", shown_as, {})
        self._lines = lines

    def locate(self, keypath: KeyPath = (), *, key: bool = False) -> Location:
        row = keypath[0] if keypath else None
        return Location(self.shown_as, self._lines[row] if isinstance(row, int) and self._lines else 0)

    def mentions(self, keypath: KeyPath) -> bool:
        return False


def _places(data: bytes, shown: str) -> Document:
    """What tells places in a file that could be read. JSON is YAML, but for tabs and some escapes."""
    if shown.endswith(".csv"):
        reader = csv.reader(io.StringIO(decode(data, shown), newline=""))
        return _Table(shown, [reader.line_num for row in reader if row][1:])
    try:
        return read_yaml(decode(data, shown).replace("\t", " "), shown, lists=True)
    except ProblemsFound:
        return _Table(shown)


def _as_text(value: Any) -> Any:
    """A value with its scalars as they would be written in YAML; what is nothing is not there."""
    if isinstance(value, dict):
        return {name: _as_text(held) for name, held in value.items() if held is not None}
    if isinstance(value, list):
        return [_as_text(held) for held in value if held is not None]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parse(data: bytes, shown: str) -> DataFile:
    if shown.endswith(".yaml"):
        document = read_yaml(data, shown, lists=True)
        if document.problems:
            raise ProblemsFound(document.problems)
        return DataFile(document.value)
    text = decode(data, shown)
    if problem := conflict_problem(text, shown):
        raise ProblemsFound([problem])
    if len(text) > MAX_CHARACTERS:
        raise _refused(f"the file has more than {MAX_CHARACTERS:,} characters", Location(shown))
    value = _json(text, shown) if shown.endswith(".json") else _csv(text, shown)
    for held, depth in _parts(value):
        if depth > MAX_DEPTH:
            raise _refused(f"lists and mappings are nested more than {MAX_DEPTH} levels deep", Location(shown))
        if isinstance(held, str) and (character := unprintable_in(held)):
            raise _refused(f"this holds {character}, which is no character that a page can show", Location(shown))
    return DataFile(value)


def _json(text: str, shown: str) -> Any:
    """The value of a JSON text, in which no key may stand twice and every number must be one everywhere."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(pairs)
        if len(held) != len(pairs):
            twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
            raise _refused(f"the key “{twice}” stands twice in one object", Location(shown), "keep one of the two")
        return held

    def no_number(written: str) -> NoReturn:
        raise _refused(f"“{written[:40]}” is no number that JSON has", Location(shown), "write it in quotes, as text")

    def whole(written: str) -> int:
        return int(written) if len(written) < 20 and abs(int(written)) <= _LARGEST else no_number(written)

    def decimal(written: str) -> float:
        number = float(written)
        return number if abs(number) != float("inf") else no_number(written)

    try:
        return json.loads(
            text, object_pairs_hook=unique, parse_constant=no_number, parse_int=whole, parse_float=decimal
        )
    except json.JSONDecodeError as error:
        place = Places(text, shown).at(error.pos)
        raise _refused(f"this is no JSON: {error.msg}", place, "most editors mark the place") from error
    except RecursionError as error:
        raise _refused("values lie too deep inside of each other", Location(shown)) from error


def _csv(text: str, shown: str) -> list[dict[str, str]]:
    """One mapping for each row, by the names in the first one. Fields are separated by commas (RFC 4180)."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, str]] = []
    names: list[str] = []
    try:
        for row in reader:
            if not row:
                continue
            if not names:
                names = _names(row, Location(shown, reader.line_num))
            elif len(row) != len(names):
                raise _refused(
                    f"this row has {len(row)} fields, the first one {len(names)}",
                    Location(shown, reader.line_num),
                    "put a field that holds a comma into double quotes",
                )
            else:
                rows.append(dict(zip(names, row, strict=True)))
    except csv.Error as error:
        raise _refused(f"this is no CSV: {error}", Location(shown, reader.line_num)) from error
    return rows


def _names(row: list[str], at: Location) -> list[str]:
    names = [name.strip() for name in row]
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise _refused("fields are separated by commas, not by “;” or tabs", at, "save it with commas")
    if "" in names or len(set(names)) != len(names):
        raise _refused("the first row names the columns, each once", at, "give every column a name of its own")
    return names


def _parts(value: Any) -> Iterator[tuple[Any, int]]:
    """A value with all that is in it, keys too, each with how many lists and mappings it lies in or is."""
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        held, depth = waiting.pop()
        if isinstance(held, dict | list):
            depth += 1
            waiting += [(part, depth) for part in (held if isinstance(held, list) else (*held, *held.values()))]
        yield held, depth


def _refused(message: str, at: Location, hint: str = "") -> ProblemsFound:
    return ProblemsFound([Problem(code="data-file", message=message, hint=hint, location=at)])
