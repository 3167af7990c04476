"""What can be said about a theme's templates without rendering a page: all mistakes at once, for ``check``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

import jinja2
from jinja2 import nodes

from otasite.memory import Memory
from otasite.problems import Location, Problem, suggest
from otasite.theming.assets import asset_hint
from otasite.theming.components import FOLDER, components_of
from otasite.theming.environment import ThemeEnvironment
from otasite.theming.formats import Formats
from otasite.theming.layers import Source
from otasite.theming.locales import Translations, load_translations
from otasite.theming.mistakes import Mistake
from otasite.theming.template_errors import missing_template_hint, syntax_problem
from otasite.theming.templates import template_names
from otasite.theming.themes import FALLBACK_LANGUAGE, Theme

#: How alike names must be (0 to 1) before one is taken for a slip of the other.
_CLOSE = 0.85
#: In the memory; and how many versions of themes are kept there.
_KIND, MOST_KEPT = "cache/checked", 100
#: What a stylesheet is made of, as far as one part of it must end before another can begin.
_CSS_PIECE = re.compile(
    r"""
    /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | \burl\(\s*[^"'\s()][^()]*\) | \\.
    | (?P<open>[{(\[]) | (?P<close>[})\]]) | (?P<endless>/\* | ["'])
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_CLOSES = {"{": "}", "(": ")", "[": "]"}
_REFERENCES = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


def check_templates(theme: Theme, *, memory: Memory | None = None) -> list[Problem]:
    """Syntax errors, unknown filters, and templates, assets and texts that are named but do not exist.

    A warning is given for a template that seems meant to override another but has a name slightly off, and for a
    block that none of the templates has which its own extends: it would never be shown; and for stylesheets in which
    something is not closed. What was found in the same
    theme before is remembered in ``memory``.

    Raises :class:`ProblemsFound` when the English texts, by which templates are judged, cannot be read.
    """
    memory = memory or Memory(None)
    found = memory.get(_KIND, theme.digest, list[Problem])
    if found is None:
        found = _problems(theme, memory)
        memory.put(_KIND, theme.digest, found, at_most=MOST_KEPT)
    return found


def _problems(theme: Theme, memory: Memory) -> list[Problem]:
    checker = _Checker(theme, load_translations(theme, FALLBACK_LANGUAGE, memory=memory))
    problems = [problem for source in _sources(theme) for problem in checker.check(source)]
    declared = components_of(theme.layers).problems()
    return [*problems, *declared, *_misnamed(theme, checker.referenced), *_broken_styles(theme)]


def _sources(theme: Theme) -> Iterator[Source]:
    for layer in theme.layers:
        yield from layer.templates.values()


def _misnamed(theme: Theme, referenced: set[str]) -> Iterator[Problem]:
    """Templates that nothing below has and nothing names, but whose name is close to one below."""
    for number, layer in enumerate(theme.layers):
        below = {name for lower in theme.layers[number + 1 :] for name in lower.templates}
        for name in sorted(layer.templates.keys() - below - referenced):
            if name.startswith(FOLDER):  # a component is there for texts
                continue
            close = get_close_matches(name, sorted(below), n=1, cutoff=_CLOSE)
            if close:
                yield Problem(
                    code="template-unused",
                    message=f"nothing uses the template “{name}”, and it overrides none",
                    hint=f"did you mean “{close[0]}”?",
                    location=Location(layer.templates[name].path),
                )


def _broken_styles(theme: Theme) -> Iterator[Problem]:
    for layer in theme.layers:
        for name, source in layer.static.items():
            fault = _css_fault(source.text) if name.endswith(".css") else None
            if fault is not None:
                message, at = fault
                yield Problem(
                    code="broken-css",
                    message=f"{message}: browsers leave out what follows",
                    hint="close it, or remove it",
                    location=Location(source.path, source.text.count("\n", 0, at) + 1),
                )


def _css_fault(text: str) -> tuple[str, int] | None:
    """What is not closed in a stylesheet, or closed without having been open, and where."""
    open_: list[tuple[str, int]] = []
    for piece in _CSS_PIECE.finditer(text):
        if piece["endless"]:
            what = "this comment" if piece["endless"] == "/*" else "this text in quotes"
            return f"{what} does not end", piece.start()
        if piece["open"]:
            open_.append((piece["open"], piece.start()))
        elif piece["close"]:
            if not open_:
                return f"nothing is open that this “{piece['close']}” could close", piece.start()
            bracket, at = open_.pop()
            if _CLOSES[bracket] != piece["close"]:
                return f"“{bracket}” is not closed before “{piece['close']}”", at
    return (f"“{open_[-1][0]}” is not closed", open_[-1][1]) if open_ else None


class _Checker:
    def __init__(self, theme: Theme, english: Translations) -> None:
        self._theme = theme
        self._names = template_names(theme)
        self.referenced: set[str] = set()
        self._english = english
        self._environment = ThemeEnvironment(theme, english, Formats(FALLBACK_LANGUAGE))
        self._sources = {source.path: source for source in _sources(theme)}

    def check(self, source: Source) -> Iterator[Problem]:
        try:
            tree = self._environment.parse(source.text, source.path, source.path)
            self._environment.compile(tree, source.path, source.path)
        except jinja2.TemplateSyntaxError as error:
            yield syntax_problem(error, source.path)
            return
        except RecursionError:
            message = "brackets or tags stand in each other too deep"
            yield Problem(code="template-syntax", message=message, location=Location(source.path))
            return
        yield from self._check_blocks(tree, source)
        for reference in tree.find_all(_REFERENCES):
            yield from self._check_reference(reference, source)
        for call in tree.find_all(nodes.Call):
            yield from self._check_call(call, source)

    def _check_blocks(self, tree: nodes.Template, source: Source) -> Iterator[Problem]:
        """Blocks in which nothing is ever shown. Those inside of another block are shown with it."""
        known = self._blocks_above(tree, source)
        if known is None:
            return
        for block in _outer_blocks(tree):
            if block.name not in known:
                yield Problem(
                    code="template-block",
                    message=f"no template that this one extends has a block “{block.name}”: it is never shown",
                    hint=suggest(block.name, known) or f"they have: {', '.join(sorted(known)) or 'none'}",
                    location=Location(source.path, block.lineno),
                )

    def _blocks_above(self, tree: nodes.Template, source: Source) -> set[str] | None:
        """Names of blocks that a template can fill; ``None`` for one that extends none, or one that is not known."""
        known: set[str] | None = None
        seen = {source.path}
        while (extends := tree.find(nodes.Extends)) is not None:
            name = extends.template
            path = self._environment.join_path(name.value, source.path) if isinstance(name, nodes.Const) else ""
            if path not in self._sources or path in seen:
                return None
            source = self._sources[path]
            seen.add(path)
            try:
                tree = self._environment.parse(source.text, source.path, source.path)
            except (jinja2.TemplateSyntaxError, RecursionError):  # told of that template
                return None
            known = (known or set()) | {block.name for block in tree.find_all(nodes.Block)}
        return known

    def _check_reference(self, node: nodes.Node, source: Source) -> Iterator[Problem]:
        """Names that are computed, lists of alternatives and ``ignore missing`` only show when rendered."""
        template = getattr(node, "template", None)
        if template is not None:
            self.referenced.update(str(name.value) for name in _all_constants(template))
        if not isinstance(template, nodes.Const) or getattr(node, "ignore_missing", False):
            return
        if isinstance(template.value, str) and self._environment.is_missing(template.value, source.path):
            yield Problem(
                code="template-missing",
                message=f"there is no template “{template.value}”",
                hint=missing_template_hint(template.value, self._names),
                location=Location(source.path, node.lineno),
            )

    def _check_call(self, call: nodes.Call, source: Source) -> Iterator[Problem]:
        if not isinstance(call.node, nodes.Name) or not call.args:
            return
        for name in _constants(call.args[0]):
            problem = self._judge(call.node.name, name, call)
            if problem is not None:
                yield Problem(
                    code=problem.code,
                    message=problem.message,
                    hint=problem.hint,
                    location=Location(source.path, call.lineno),
                )

    def _judge(self, function: str, name: str, call: nodes.Call) -> Problem | None:
        """What would go wrong if ``function`` were called with ``name`` and the values that the call gives."""
        if function == "asset" and name not in self._theme.assets:
            hint = asset_hint(self._theme.assets, name)
            return Problem(code="unknown-asset", message=f"there is no asset “{name}”", hint=hint)
        values = {keyword.key: "" for keyword in call.kwargs}
        if function not in ("t", "n") or (call.dyn_kwargs is not None and self._english.has(name)):
            return None
        try:
            if function == "t":
                self._english.text(name, **values)
            else:
                self._english.plural(name, 0, **values)
        except Mistake as mistake:
            return mistake.problem
        return None


def _outer_blocks(tree: nodes.Node) -> Iterator[nodes.Block]:
    """Blocks that are in no other block of their template."""
    for node in tree.iter_child_nodes():
        if isinstance(node, nodes.Block):
            yield node
        else:
            yield from _outer_blocks(node)


def _all_constants(node: nodes.Node) -> Iterator[nodes.Const]:
    if isinstance(node, nodes.Const):
        yield node
    yield from node.find_all(nodes.Const)


def _constants(node: nodes.Expr) -> Iterator[str]:
    """The names that an argument can be: itself, or both sides of ``"a" if … else "b"``."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _constants(node.expr1)
        if node.expr2 is not None:
            yield from _constants(node.expr2)
