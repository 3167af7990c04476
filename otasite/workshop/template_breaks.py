"""What templates of a project rely on and this version no longer has: for ``otasite upgrade``.

A page shows such a template's mistake when it is rendered; here they are found without rendering, with a diff
that mends what can be mended word for word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

import msgspec

from otasite.memory import Memory
from otasite.problems import Location, Problem, suggest
from otasite.site.views import PageMeta, SiteView
from otasite.theming.checks import check_templates
from otasite.theming.eject import drift
from otasite.theming.layers import Layer, Source
from otasite.theming.themes import Theme, bundled_themes

#: Warnings and mistakes of ``check`` that come from a theme below, or a contract, that has moved on.
_OF_CONTRACT = {"template-block", "template-missing", "template-unused", "unknown-asset", "unknown-translation"}


class Gone(msgspec.Struct, frozen=True):
    """What templates could read in an earlier version, what does as well today, and since when.

    ``template`` is the one that alone could read it, ``""`` for all.
    """

    was: str
    now: str
    since: str
    template: str = ""


#: The changes of the contract, oldest first.
GONE = (
    Gone("newest", "(newer or [none])[0]", since="0.2.0", template="release.html"),
    Gone("site.policy", "page.policy", since="0.2.0"),
)
#: Values that every template has, with what may be read of them.
_EVERYWHERE = {"site": SiteView.__struct_fields__, "page": PageMeta.__struct_fields__}


class TemplateBreak(msgspec.Struct, frozen=True):
    """A place in a project's own template that has to change, and how; without ``diff`` a person must think."""

    problem: Problem
    diff: str = ""


def template_breaks(theme: Theme, root: Path, memory: Memory) -> Iterator[TemplateBreak]:
    """All breaks of the templates that the project at ``root`` has itself, its ejected copies among them."""
    own = [
        (name, source) for layer in theme.layers if _is_own(layer, root) for name, source in layer.templates.items()
    ]
    if not own:
        return
    for name, source in own:
        yield from _of_contract(name, source)
    paths = {source.path for _, source in own}
    for problem in check_templates(theme, memory=memory):
        if problem.code in _OF_CONTRACT and problem.location and problem.location.path in paths:
            yield TemplateBreak(problem)
    for problem in drift(theme):
        yield TemplateBreak(problem, _drifted(theme, problem))


def _is_own(layer: Layer, root: Path) -> bool:
    return not layer.theme or (
        layer.folder.is_relative_to(root) and not layer.folder.is_relative_to(bundled_themes())
    )


def _of_contract(name: str, source: Source) -> Iterator[TemplateBreak]:
    """Fields of ``site`` and ``page`` that they do not have, and values that are called otherwise today."""
    used = _values(source)
    gone = [each for each in GONE if each.template in ("", name) and each.was in used]
    for each in gone:
        yield TemplateBreak(
            Problem(
                code="template-undefined",
                message=f"“{each.was}” went in {each.since}",
                hint=f"write {each.now}",
                location=Location(source.path, used[each.was]),
            ),
            patch(source.path, source.text, _with_todays_names(source.text, each)),
        )
    known = {each.was for each in GONE}
    for value, line in used.items():
        holder, _, field = value.partition(".")
        fields = _EVERYWHERE.get(holder, ())
        if field and fields and field not in fields and value not in known:
            message = f"there is no “{value}”"
            hint = suggest(field, fields) or f"{holder} has: {', '.join(fields)}"
            place = Location(source.path, line)
            yield TemplateBreak(Problem(code="template-undefined", message=message, hint=hint, location=place))


def _values(source: Source) -> dict[str, int]:
    """The names that a template reads and their fields (``site``, ``site.title``), with the first line of each.

    Names that the template itself gives (``set``, ``for``, macros) are not those of the contract.
    """
    import jinja2
    from jinja2 import meta, nodes

    environment = jinja2.Environment(autoescape=True)
    try:
        tree = environment.parse(source.text)
        free = meta.find_undeclared_variables(tree)
    except (jinja2.TemplateError, RecursionError):  # its own mistake, which check tells
        return {}
    found: dict[str, int] = {}
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        name = _written(node)
        if name and name.partition(".")[0] in free:
            found[name] = min(node.lineno, found.get(name, node.lineno))
    return found


def _written(node: Any) -> str:
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return node.name
    return f"{node.node.name}.{node.attr}" if isinstance(node.node, nodes.Name) else ""


def _with_todays_names(text: str, gone: Gone) -> str:
    """The text with one value called as it is today, where Jinja reads it."""
    word = re.compile(rf"(?<![\w.'\"]){re.escape(gone.was)}(?![\w(='\"])")
    return re.sub(r"{[{%].*?[%}]}", lambda code: word.sub(gone.now, code[0]), text, flags=re.DOTALL)


def _drifted(theme: Theme, problem: Problem) -> str:
    """From a copy, without the mark in its first line, to what its original is today."""
    path = problem.location.path if problem.location else ""
    for number, layer in enumerate(theme.layers):
        for name, source in layer.templates.items():
            original = theme.find(name, below=number + 1) if source.path == path else None
            if original is not None:
                mark, _, copied = source.text.partition("\n")
                return patch(path, f"{mark}\n{copied}", f"{mark}\n{original.text}")
    return ""


def patch(path: str, before: str, after: str) -> str:
    """Two texts as a patch for the file at ``path``."""
    lines = unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=2
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
