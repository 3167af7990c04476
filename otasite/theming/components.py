"""Components: templates in ``components/`` that texts in Markdown call, with arguments that are checked.

What a component takes is said at the top of its template, in a comment that is YAML::

    {#
    description: Who is on duty.
    arguments:
      name: {required: true}
      phone: text
    #}
    <p class="duty">{{ arguments.name }}</p>

A template that stands in place of another and has no such comment takes what the other does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

from otasite.problems import Findings, Problem, ProblemsFound, suggest
from otasite.theming.layers import Layer
from otasite.typed_yaml.convert import read_record
from otasite.typed_yaml.reading import Where, read_yaml
from otasite.typed_yaml.record import Record

FOLDER: Final = "components/"
_NAME: Final = re.compile(rf"{FOLDER}([a-z][a-z0-9-]*)\.html")
_FRONT: Final = re.compile(
    r"\A(?:\{#-? otasite:[^\n]*#\}\n)?\{#-?[ \t]*\n(?=(?:#.*\n)*[a-z_]+:)(.*?)-?#\}", re.DOTALL
)

ArgumentType = Literal["text", "choice", "boolean", "integer", "app", "channel", "release", "picture", "file"]
ArgumentName = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_]*\Z", description="Lower-case letters, digits and underscores.")
]
#: Types that have words to choose among.
_OF_CHOICES: Final = ("choice", "file")


class ArgumentRecord(Record, frozen=True, kw_only=True):
    """An argument of a component; its type alone is short for it.

    type: What it names: text, choice, boolean, integer, app, channel, release, picture or file.
    required: Whether a call must say it.
    default: What it is when a call does not say it; without one empty.
    choices: The words of a choice; of a file the endings that it may have, such as mp4.
    description: What it is for, in a sentence.
    """

    type: ArgumentType = "text"
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    description: str = ""


class ComponentRecord(Record, frozen=True, kw_only=True):
    """What a template in ``components/`` says of itself.

    description: What it shows, in a sentence.
    inline: Whether it is a word within a line; without this it is a block, and stands by itself.
    arguments: What calls may say.
    """

    description: str = ""
    inline: bool = False
    arguments: dict[ArgumentName, str | ArgumentRecord] | None = None


class Component(msgspec.Struct, frozen=True):
    """A component as it is declared."""

    name: str
    inline: bool = False
    arguments: dict[str, ArgumentRecord] = {}
    description: str = ""

    def of_type(self, type_: ArgumentType) -> str:
        """The name of the argument of this type; "" when there is none."""
        return next((name for name, argument in self.arguments.items() if argument.type == type_), "")


class Front(msgspec.Struct, frozen=True):
    """What a template says at its top, as YAML with its lines at their places in the file at ``path``."""

    path: str
    yaml: str


class Components(Mapping[str, Component]):
    """All components of a theme; each is read when it is asked for, which raises :class:`ProblemsFound`."""

    def __init__(self, fronts: dict[str, Front] | None = None) -> None:
        #: By name. Everything that judges calls of them rests on these.
        self.fronts = fronts or {}
        self._read: dict[str, Component] = {}

    def __getitem__(self, name: str) -> Component:
        if name not in self._read:
            self._read[name] = _declared(name, self.fronts[name])
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fronts)

    def __len__(self) -> int:
        return len(self.fronts)

    def problems(self) -> Iterator[Problem]:
        """What is wrong with what templates say of themselves."""
        for name in self:
            try:
                _ = self[name]
            except ProblemsFound as error:
                yield from error.problems


def components_of(layers: Iterable[Layer]) -> Components:
    """The components that the templates of these layers (the uppermost first) make."""
    fronts: dict[str, Front] = {}
    for layer in layers:
        for template, source in layer.templates.items():
            if not template.startswith(FOLDER) or not (named := _NAME.fullmatch(template)):
                continue
            known = fronts.get(named[1])
            if known is None or not known.yaml:
                text = source.text
                found = _FRONT.match(text)
                lines = "#\n" * text.count("\n", 0, found.start(1)) if found else ""
                fronts[named[1]] = Front(source.path, lines + found[1] if found else "")
    return Components(dict(sorted(fronts.items())))


def _declared(name: str, front: Front) -> Component:
    if not front.yaml:
        return Component(name)
    record = read_record(front.yaml, front.path, ComponentRecord).require()
    where, findings = Where(lambda: read_yaml(front.yaml, front.path)), Findings()
    arguments = {}
    for argument, said in (record.arguments or {}).items():
        if isinstance(said, str) and said not in get_args(ArgumentType):
            hint = suggest(said, get_args(ArgumentType)) or f"types are: {', '.join(get_args(ArgumentType))}"
            message = f"there is no type “{said}”"
            findings.report("component-template", message, hint=hint, at=where("arguments", argument))
            continue
        kind = msgspec.convert({"type": said}, ArgumentRecord) if isinstance(said, str) else said
        arguments[argument] = kind
        if fault := _fault(kind):
            findings.report("component-template", fault, at=where("arguments", argument, key=True))
    component = Component(name, record.inline, arguments, record.description)
    if fault := _fault_in_all(component):
        findings.report("component-template", fault, at=where("arguments", key=True))
    if findings.problems:
        raise ProblemsFound(findings.problems)
    return component


def _fault(argument: ArgumentRecord) -> str:
    """What makes no sense in an argument."""
    if (argument.type in _OF_CHOICES) is not bool(argument.choices):
        return "choices belong to a choice, and to a file (its endings), and to nothing else"
    if argument.default and argument.type not in ("text", "choice", "boolean", "integer"):
        return f"what names a {argument.type} has no default"
    if argument.default and argument_fault(argument, argument.default):
        return f"the default “{argument.default}” is none of its values"
    return ""


def _fault_in_all(component: Component) -> str:
    types = [argument.type for argument in component.arguments.values()]
    for one in ("app", "channel", "release"):
        if types.count(one) > 1:
            return f"a component has one argument of type {one} at most"
    if ("channel" in types or "release" in types) and "app" not in types:
        return "a channel or release is one of an app: add an argument of type app"
    return ""


def argument_fault(argument: ArgumentRecord, value: str) -> str:
    """Why text, a choice, a boolean or an integer cannot have this value; "" when it can."""
    if argument.type == "choice" and value not in argument.choices:
        return suggest(value, argument.choices) or f"it can be: {', '.join(argument.choices)}"
    if argument.type == "boolean" and value not in ("true", "false"):
        return "write true or false"
    if argument.type == "integer" and not re.fullmatch(r"-?[0-9]{1,9}", value):
        return "write a whole number"
    return ""
