"""Types that a theme declares for data of a site's own: ``extra:`` and ``data:`` in ``theme.yaml``.

They become the same trees (:mod:`otasite.typed_yaml.kinds`) as the types of otasite's own files, so that mistakes,
hints and JSON Schemas come from where those of all other keys do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from otasite.theming.options import COLOR
from otasite.typed_yaml import kinds
from otasite.typed_yaml.kinds import Expected, Member, RecordKind
from otasite.typed_yaml.record import Record

TypeName = Literal["text", "integer", "boolean", "choice", "date", "url", "color", "list", "mapping"]
Holder = Literal["site", "app", "release", "binary"]
#: What a template can write behind a dot.
Key = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*\Z", description="Letters, digits, hyphen, underscore.")]
_PATTERNS: Final = {
    "date": (
        r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2}))?\Z",
        "A date (2026-03-31) or a date and time (2026-03-31T09:30:00Z).",
    ),
    "url": (r"^https://[^\s/]+(/\S*)?\Z", "An absolute https address."),
    "color": (rf"^{COLOR.pattern}\Z", 'A colour in hexadecimal and in quotes: "#0a84ff".'),
}


class TypeRecord(Record, frozen=True, kw_only=True):
    """What stands at one key, or in one file of data.

    type: text, integer, boolean, choice, date, url, color, list or mapping; found from the other keys when absent.
    required: Whether it must be there.
    choices: The words that a choice offers.
    minimum: The lowest number that an integer may be.
    maximum: The highest number that an integer may be.
    of: What a list holds, or each key of a free mapping; text when absent.
    keys: What a mapping may hold, and nothing else.
    description: What it means, in a sentence.
    """

    type: TypeName | None = None
    required: bool | None = None
    choices: tuple[str, ...] | None = None
    minimum: int | None = None
    maximum: int | None = None
    of: TypeName | TypeRecord | None = None
    keys: dict[Key, TypeName | TypeRecord] | None = None
    description: str | None = None


#: A single word is short for a mapping with that type alone.
Written = TypeName | TypeRecord


class ExtraTypesRecord(Record, frozen=True, kw_only=True):
    """``extra:`` of a theme: what it reads of data below ``extra:`` of a site's files.

    site: Keys of site.extra.
    app: Keys of app.extra.
    release: Keys of release.extra.
    binary: Keys of extra of a release's ios: and android:.
    """

    site: dict[Key, Written] | None = None
    app: dict[Key, Written] | None = None
    release: dict[Key, Written] | None = None
    binary: dict[Key, Written] | None = None


def extra_types(chain: list[ExtraTypesRecord]) -> dict[str, RecordKind]:
    """What themes say of ``extra:``, by who has it, given the lowest parent first; other keys stay free."""
    found: dict[str, RecordKind] = {}
    for holder in ("site", "app", "release", "binary"):
        merged: dict[str, Written] = {}
        for record in chain:
            merged |= getattr(record, holder) or {}
        if merged:
            found[holder] = _record(merged, f"{holder.capitalize()}Extra", "Data of the site's own.", closed=False)
    return found


def data_types(chain: list[Mapping[str, Written]]) -> dict[str, Expected]:
    """What themes say of files in ``content/data/``, by their names."""
    merged: dict[str, Written] = {}
    for declared in chain:
        merged |= declared
    return {name: _expected(written, f"Data{_title(name)}") for name, written in merged.items()}


def _record(keys: Mapping[str, Written], name: str, description: str, *, closed: bool = True) -> RecordKind:
    members = {
        key: Member(_expected(written, f"{name}{_title(key)}"), bool(_full(written).required))
        for key, written in keys.items()
    }
    return RecordKind(name=name, members=members, closed=closed, description=description)


def _full(written: Written) -> TypeRecord:
    return TypeRecord(type=written) if isinstance(written, str) else written


def _expected(written: Written, name: str) -> Expected:
    record = _full(written)
    said = record.description or ""
    match record.type or _implied(record):
        case "list":
            wanted = Expected(listing=kinds.Listing(item=_expected(record.of or "text", f"{name}Item")))
        case "mapping" if record.keys is not None:
            wanted = Expected(mapping=_record(record.keys, name, said))
        case "mapping":
            value = _expected(record.of, f"{name}Value") if record.of else Expected(anything=True)
            wanted = Expected(mapping=kinds.Mapping(key=kinds.Text(), value=value))
        case "integer":
            wanted = Expected(scalar=kinds.Whole(ge=record.minimum, le=record.maximum))
        case "boolean":
            wanted = Expected(scalar=kinds.Truth())
        case "choice":
            wanted = Expected(scalar=kinds.Choice(words=record.choices or ()))
        case "date" | "url" | "color" as kind:
            pattern, meaning = _PATTERNS[kind]
            wanted = Expected(scalar=kinds.Text(pattern=pattern, description=meaning))
        case _:
            by_language = kinds.Mapping(key=kinds.Text(), value=Expected(scalar=kinds.Text()))
            wanted = Expected(scalar=kinds.Text(), mapping=by_language)
    wanted.description = said
    return wanted


def _implied(record: TypeRecord) -> TypeName:
    """The type that other keys of a declaration ask for."""
    if record.keys is not None:
        return "mapping"
    if record.choices is not None:
        return "choice"
    return "list" if record.of is not None else "text"


def _title(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("-", "_").split("_"))
