"""``theme.yaml``: what a theme says about itself.

Read as nodes with positions and without YAML's guessing: every scalar is the text that was written, so that
``version: 1.10`` and ``choices: [on, off]`` mean what they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from otasite.problems import Location, Problem, suggest
from otasite.theming.options import OPTION_TYPES

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS = ("name", "version", "parent", "description", "options")
_OPTION_KEYS = ("type", "default", "choices", "minimum", "maximum", "label", "description")
_OPTION_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_CHOICE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Written(msgspec.Struct, frozen=True):
    """Text and the place where it was written."""

    text: str
    location: Location


class OptionDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """An option as one theme of the chain writes it; what it leaves out is inherited."""

    name: str
    location: Location
    fields: dict[str, Written] = {}
    choices: tuple[str, ...] | None = None


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a ``theme.yaml``. ``parent`` is ``None`` when the file names none."""

    title: str = ""
    version: str = ""
    description: str = ""
    parent: Written | None = None
    options: tuple[OptionDeclaration, ...] = ()


def read_declaration(file: Path, path: str, problems: list[Problem]) -> Declaration:
    """Read a ``theme.yaml``; ``path`` is how messages name it. What is wrong is added to ``problems``."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
        node = yaml.compose(text, Loader=_LOADER)
    except FileNotFoundError:
        problems.append(_missing(path))
    except OSError as error:
        problems.append(_broken(f"the file cannot be read: {error.strerror}", Location(path)))
    except UnicodeDecodeError:
        problems.append(_broken("the file is not UTF-8 text", Location(path)))
    except yaml.YAMLError as error:
        problems.append(_yaml_problem(error, path))
    else:
        return _Reader(path, problems).declaration(node)
    return Declaration()


class _Reader:
    """Walks the nodes of one file and notes every problem on the way."""

    def __init__(self, path: str, problems: list[Problem]) -> None:
        self._path = path
        self._problems = problems

    def declaration(self, node: yaml.Node | None) -> Declaration:
        if node is None:  # an empty file: a theme that only has files
            return Declaration()
        texts: dict[str, Written] = {}
        options: tuple[OptionDeclaration, ...] = ()
        for key, value in self._entries(node, _KEYS):
            if key.text == "options":
                options = tuple(self._options(value))
            elif (written := self._text(value)) is not None:
                texts[key.text] = written
        parent = texts.get("parent")
        return Declaration(
            title=_text(texts, "name"),
            version=_text(texts, "version"),
            description=_text(texts, "description"),
            parent=parent if parent and parent.text else None,
            options=options,
        )

    def _options(self, node: yaml.Node) -> Iterator[OptionDeclaration]:
        if self._is_empty(node):
            return
        for name, value in self._entries(node, None):
            if not _OPTION_NAME.fullmatch(name.text):
                self._note(
                    f"“{name.text}” cannot be the name of an option",
                    name.location,
                    hint="use lower-case letters, digits and underscores",
                )
            elif (option := self._option(name, value)) is not None:
                yield option

    def _option(self, name: Written, node: yaml.Node) -> OptionDeclaration | None:
        """``accent: "#f00"`` is short for ``accent: {default: "#f00"}``. ``None`` when nothing sensible is said."""
        default = self._text(node) if isinstance(node, yaml.ScalarNode) else None
        if default is not None:
            return OptionDeclaration(name=name.text, location=name.location, fields={"default": default})
        fields: dict[str, Written] = {}
        choices: tuple[str, ...] | None = None
        for key, value in self._entries(node, _OPTION_KEYS):
            if key.text == "choices":
                choices = self._choices(value)
            elif (written := self._text(value)) is not None:
                fields[key.text] = written
        if not isinstance(node, yaml.MappingNode) or not self._has_known_type(fields):
            return None
        return OptionDeclaration(name=name.text, location=name.location, fields=fields, choices=choices)

    def _has_known_type(self, fields: dict[str, Written]) -> bool:
        written = fields.get("type")
        if written is None or written.text in OPTION_TYPES:
            return True
        hint = suggest(written.text, OPTION_TYPES) or f"types are: {', '.join(OPTION_TYPES)}"
        self._note(f"there is no option type “{written.text}”", written.location, hint=hint)
        return False

    def _choices(self, node: yaml.Node) -> tuple[str, ...] | None:
        if not isinstance(node, yaml.SequenceNode):
            self._note("choices must be a list", self._at(node), hint="write choices: [one, two]")
            return None
        written = [text for item in node.value if (text := self._text(item)) is not None]
        for choice in written:
            if not _CHOICE.fullmatch(choice.text):
                self._note(
                    f"“{choice.text}” cannot be a choice",
                    choice.location,
                    hint="use lower-case letters, digits and hyphens: a choice may become a class or a CSS value",
                )
        return tuple(choice.text for choice in written)

    def _entries(self, node: yaml.Node, known: tuple[str, ...] | None) -> Iterator[tuple[Written, yaml.Node]]:
        """The keys and values of a mapping; notes what is no mapping, twice there, or not among ``known``."""
        if not isinstance(node, yaml.MappingNode):
            self._note("a mapping (key: value) is expected here", self._at(node))
            return
        seen: set[str] = set()
        for key_node, value in node.value:
            key = self._text(key_node)
            if key is None or key.text.startswith("x-"):
                continue
            if key.text in seen:
                self._note(f"the key “{key.text}” is there twice", key.location, code="duplicate-key")
            elif known is not None and key.text not in known:
                hint = suggest(key.text, known) or f"known keys: {', '.join(known)}"
                self._note(f"unknown key “{key.text}”", key.location, hint=hint, code="unknown-key")
            else:
                seen.add(key.text)
                yield key, value

    def _text(self, node: yaml.Node) -> Written | None:
        if isinstance(node, yaml.ScalarNode):
            return Written("" if self._is_empty(node) else node.value, self._at(node))
        self._note("a single value is expected here", self._at(node))
        return None

    @staticmethod
    def _is_empty(node: yaml.Node) -> bool:
        return isinstance(node, yaml.ScalarNode) and node.style is None and node.value in ("", "~", "null")

    def _at(self, node: yaml.Node) -> Location:
        return Location(self._path, node.start_mark.line + 1, node.start_mark.column + 1)

    def _note(self, message: str, location: Location, *, hint: str = "", code: str = "theme-file") -> None:
        self._problems.append(Problem(code=code, message=message, hint=hint, location=location))


def _text(texts: dict[str, Written], key: str) -> str:
    return texts[key].text if key in texts else ""


def _missing(path: str) -> Problem:
    return Problem(
        code="theme-file-missing",
        message="the theme has no theme.yaml",
        hint="add one; it may be as short as: version: 1.0",
        location=Location(path),
    )


def _broken(message: str, location: Location) -> Problem:
    return Problem(code="theme-file", message=message, location=location)


def _yaml_problem(error: yaml.YAMLError, path: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    location = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
    return _broken(f"not valid YAML: {getattr(error, 'problem', None) or error}", location)
