"""``reference/template-contract.md`` and ``reference/python-api.md``, from what views and the Python API declare."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator

import msgspec

import otasite
from otasite.problems import Findings
from otasite.site import components, views
from otasite.theming.components import ArgumentRecord, Component, components_of
from otasite.theming.layers import read_theme_layer
from otasite.theming.themes import bundled_themes

CONTRACT = """\
# Template contract

Every value that a template may read, with its fields, from the classes that otasite fills. Which page gets which of
them, and how to write a template, is in [the guide to themes](../themes.md#templates).
"""
COMPONENTS = """\
# Components reference

What texts in Markdown may call with every theme, from the templates of the default theme. How a call is written, and
how to add components of your own, is in [the guide to themes](../themes.md#components-in-markdown).
"""
API = """\
# Python API reference

What `otasite.__all__` names, with the words of the code. [The guide](../api.md) shows it in use.
"""


def contract() -> str:
    """What templates may read, in Markdown."""
    return CONTRACT + "".join(_view(kind) for kind in described_views())


def described_views() -> list[type[msgspec.Struct]]:
    """The classes of what templates may read."""
    read = {**vars(views), **{view.__name__: view for view in (components.ComponentView, components.MediaView)}}
    kinds = [kind for kind in read.values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]
    rooms = (views.__name__, components.__name__)
    return [kind for kind in kinds if kind.__module__ in rooms and kind.__struct_fields__]


def bundled_components() -> str:
    """What texts may call, in Markdown: the components of the default theme."""
    layer = read_theme_layer("default", "", bundled_themes() / "default", Findings())
    return COMPONENTS + "".join(_component(component) for component in components_of([layer]).values())


def _values(argument: ArgumentRecord) -> str:
    return f"{argument.type}: {', '.join(argument.choices)}" if argument.choices else argument.type


def _component(component: Component) -> str:
    rows = "".join(
        f"| `{name}` | {_values(argument)} | {'yes' if argument.required else ''} | {_cell(argument.description)} |\n"
        for name, argument in component.arguments.items()
    )
    place = "Stands within a line." if component.inline else "Stands on a line of its own."
    table = f"\n| argument | type | needed | meaning |\n| --- | --- | --- | --- |\n{rows}" if rows else ""
    return f"\n## {component.name}\n\n{component.description} {place}\n{table}"


def api() -> str:
    """What Python programs may call, in Markdown."""
    return API + "".join(_public(name) for name in otasite.__all__ if name != "__version__")


def _view(kind: type[msgspec.Struct]) -> str:
    described = _fields(kind)
    rows = "\n".join(
        f"| `{name}` | `{_cell(type_)}` | {_cell(words)} |" for name, (type_, words) in described.items()
    )
    says = kind.__dict__.get("__doc__") or ""
    return f"\n## {kind.__name__}\n\n{_prose(says)}\n\n| field | type | meaning |\n| --- | --- | --- |\n{rows}\n"


def _fields(kind: type) -> dict[str, tuple[str, str]]:
    """Type and meaning of each field: what a comment beside or above it says, or the words of its annotation."""
    found: dict[str, tuple[str, str]] = {}
    for base in reversed(kind.__mro__):
        if base is not msgspec.Struct and issubclass(base, msgspec.Struct):
            found.update(_own_fields(base))
    return {name: found[name] for name in getattr(kind, "__struct_fields__", ()) if name in found}


def _own_fields(kind: type) -> Iterator[tuple[str, tuple[str, str]]]:
    source = textwrap.dedent(inspect.getsource(kind))
    lines = source.splitlines()
    declaration = ast.parse(source).body[0]
    assert isinstance(declaration, ast.ClassDef)
    for node in declaration.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            beside = re.search(r"  # (.*)$", lines[node.end_lineno - 1]) if node.end_lineno else None
            note = beside.group(1) if beside else _above(lines[: node.lineno - 1])
            yield node.target.id, (_type(node.annotation), note)


def _above(lines: list[str]) -> str:
    """The ``#:`` comment that these lines end with."""
    words: list[str] = []
    while lines and (found := re.match(r" *#: ?(.*)", lines[-1])):
        words.insert(0, found.group(1))
        lines = lines[:-1]
    return " ".join(words)


def _type(annotation: ast.expr) -> str:
    """The type as it is written, without what the reader of YAML wants to know of it."""
    if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) == "Annotated":
        assert isinstance(annotation.slice, ast.Tuple)
        return ast.unparse(annotation.slice.elts[0])
    return ast.unparse(annotation)


def _public(name: str) -> str:
    thing = getattr(otasite, name)
    text = f"\n## {name}\n\n```python\n{_signature(name, thing)}\n```\n\n{_prose(thing.__doc__)}\n"
    members = vars(thing) if isinstance(thing, type) else {}
    internal = otasite.INTERNAL.get(name, ())
    for member, value in members.items():
        if (
            not member.startswith("_")
            and member not in internal
            and (isinstance(value, property) or inspect.isfunction(value))
        ):
            called = member if isinstance(value, property) else _signature(member, value)
            text += f"\n### {name}.{member}\n\n```python\n{called}\n```\n\n{_prose(value.__doc__)}\n"
    return text


def _signature(name: str, thing: object) -> str:
    assert callable(thing)
    try:
        signature = str(inspect.signature(thing))
    except ValueError:  # exceptions that are called as their base is
        return name
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)
    return name + re.sub(r"<function (?:\w+\.)*<?(\w+)>? at 0x\w+>", r"\1", signature)


def _prose(docstring: str | None) -> str:
    """A docstring as Markdown: its roles become code."""
    text = re.sub(r":\w+:`[~.]*([^`]+)`", r"`\1`", inspect.cleandoc(docstring or "")).replace("``", "`")
    return text.replace("<", "&lt;")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("{", "&#123;")
