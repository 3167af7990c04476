"""``theme.yaml``: what a theme says about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from otasite.problems import Findings, Location, ProblemsFound, unreadable_file
from otasite.theming.options import OptionType
from otasite.theming.own_types import ExtraTypesRecord, Key, Written
from otasite.typed_yaml.convert import convert
from otasite.typed_yaml.reading import Where, read_yaml
from otasite.typed_yaml.record import Record

OptionName = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*\Z", description="Lower-case letters, digits and underscores."),
]
ChoiceName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
        description="Lower-case letters, digits and hyphens: a choice may become a class or a CSS value.",
    ),
]


Per = Literal["site", "app", "channel", "release", "category"]
FileType = Literal["json", "xml", "text"]
_LETTER = r"(?:[A-Za-z0-9_-]|\{category\})"
FilePath = Annotated[
    str,
    Meta(
        pattern=rf"^(?:{_LETTER}(?:{_LETTER}|\.)*/)*{_LETTER}(?:{_LETTER}|\.)*\.[A-Za-z0-9]+\Z",
        max_length=120,
        description="A path of letters, digits, dots, hyphens and underscores, with an ending: feeds/newest.json.",
    ),
]
#: By the ending of a path.
_TYPES: Final[dict[str, FileType]] = {
    "json": "json",
    "geojson": "json",
    "webmanifest": "json",
    "xml": "xml",
    "svg": "xml",
    "plist": "xml",
    "rss": "xml",
    "atom": "xml",
}


class OptionRecord(Record, frozen=True, kw_only=True):
    """An option as one theme of the chain writes it; what it leaves out is inherited.

    type: What its values are: color, text, choice, boolean or integer.
    default: Its value when the site chooses none.
    choices: The words that a choice offers.
    minimum: The lowest number that an integer may be.
    maximum: The highest number that an integer may be.
    label: Its name for people.
    description: What it does, in a sentence.
    """

    type: OptionType | None = None
    default: str | None = None
    choices: tuple[ChoiceName, ...] | None = None
    minimum: int | None = None
    maximum: int | None = None
    label: str | None = None
    description: str | None = None


class OwnFileRecord(Record, frozen=True, kw_only=True):
    """A file beside the pages, which a theme or a site declares.

    template: The template that makes it, by its name in templates/.
    path: Where it lies in the folder of what it is made for; {category} is filled in.
    per: What there is one for: site, app, channel, release or category; without it the site.
    type: json, xml or text; without it as the path's ending says.
    """

    template: str
    path: FilePath
    per: Per = "site"
    type: FileType | None = None

    @property
    def format(self) -> FileType:
        """What it must be well-formed as."""
        return self.type or _TYPES.get(self.path.rpartition(".")[2], "text")


class ThemeFileRecord(Record, frozen=True, kw_only=True):
    """``theme.yaml``.

    name: What the theme is called.
    version: Its version.
    otasite: Versions of otasite that it works with, such as >=0.2 or >=0.2,<1 (as Python packages say them).
    parent: Folder of the theme that it builds on; without one “default”.
    description: What it is like, in a sentence.
    options: What sites may decide about its looks; a single value is the new default of a parent's option.
    extra: What it reads of data below “extra:” of a site's files.
    data: What it reads of files in content/data/, by their names.
    files: Files beside the pages that its templates make.
    """

    name: str = ""
    version: str = ""
    otasite: str | None = None
    parent: str = ""
    description: str = ""
    options: dict[OptionName, str | OptionRecord] | None = None
    extra: ExtraTypesRecord | None = None
    data: dict[Key, Written] | None = None
    files: tuple[OwnFileRecord, ...] | None = None


class OptionDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """An option of a ``theme.yaml``; ``where`` locates its fields."""

    name: str
    record: OptionRecord
    where: Where

    @property
    def location(self) -> Location:
        return self.where(key=True)


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a ``theme.yaml``, and where its keys are."""

    record: ThemeFileRecord
    where: Where

    @property
    def options(self) -> tuple[OptionDeclaration, ...]:
        """The options in their order. ``accent: "#f00"`` is short for ``accent: {default: "#f00"}``."""
        return tuple(
            OptionDeclaration(
                name=name,
                record=OptionRecord(default=written) if isinstance(written, str) else written,
                where=self.where.below("options", name),
            )
            for name, written in (self.record.options or {}).items()
        )


def merge_files(declared: Iterable[tuple[OwnFileRecord, ...] | None]) -> tuple[OwnFileRecord, ...]:
    """The files that a chain of themes and the site declare, the lowest first: who says a path again decides."""
    files = {(file.per, file.path): file for each in declared for file in each or ()}
    return tuple(files.values())


def check_files(
    files: tuple[OwnFileRecord, ...] | None, has_template: Callable[[str], bool], where: Where, findings: Findings
) -> None:
    """Whether each file has its template, and each of a category a path of its own."""
    for index, file in enumerate(files or ()):
        if not has_template(file.template):
            message = f"there is no template “{file.template}”"
            hint = "write its name as it is in templates/, such as files/versions.json"
            findings.report("template-missing", message, hint=hint, at=where("files", index, "template"))
        if ("{category}" in file.path) is not (file.per == "category"):
            message = "{category} stands in the path of a file of each category, and of no other"
            findings.report("bad-value", message, at=where("files", index, "path"))


def read_declaration(file: Path, path: str, findings: Findings) -> Declaration:
    """Read a ``theme.yaml``; ``path`` is how messages name it. What is wrong is added to ``findings``."""
    try:
        document = read_yaml(file.read_bytes(), path)
    except FileNotFoundError:
        hint = "add one; it may be as short as: version: 1.0"
        findings.report("theme-file-missing", "the theme has no theme.yaml", hint=hint, at=Location(path))
    except OSError as error:
        findings.extend([unreadable_file(path, error)])
    except ProblemsFound as found:
        findings.extend(found.problems)
    else:
        read = convert(document, ThemeFileRecord)
        findings.extend(read.problems)
        where = Where(lambda: document, dropped=read.dropped)
        return Declaration(record=read.value or ThemeFileRecord(), where=where)
    return Declaration(record=ThemeFileRecord(), where=Where(lambda: read_yaml("", path)))
