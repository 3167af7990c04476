"""The Jinja environment of one theme and one language.

Templates are known to Jinja by the path that messages show (``themes/default/templates/app.html``); the short
names that templates write are resolved in :meth:`ThemeEnvironment.join_path`, where the asking template's own
layer is known. That is how ``@theme/app.html`` finds the template that the asking one replaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from types import CodeType
from typing import Any, NamedTuple

import jinja2
import msgspec
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context
from jinja2.utils import missing
from markupsafe import Markup, escape

from otasite.theming.assets import asset_hint
from otasite.theming.constant_texts import constant_texts
from otasite.theming.formats import Formats
from otasite.theming.layers import BELOW
from otasite.theming.locales import Translations
from otasite.theming.mistakes import Mistake
from otasite.theming.themes import Theme

#: What values of Python's own types are called, in messages.
_PLAIN: tuple[tuple[tuple[type, ...], str], ...] = (
    ((dict,), "the mapping"),
    ((str,), "a text"),
    ((bool,), "a yes or no"),
    ((int, float), "a number"),
    ((list, tuple), "the list"),
)
_ABSENT = "absent:"
#: Escaped texts that are remembered.
_MOST_ESCAPED = 8192
#: Jinja's own that would make a page differ from one build to the next.
_RANDOM_GLOBALS = ("lipsum",)
_RANDOM_FILTERS = ("random",)


class MissingName(str):
    """The message of an undefined value, with the names that were there instead."""

    known: tuple[str, ...]
    wanted: str

    @classmethod
    def of(cls, obj: object, name: object) -> MissingName:
        known = _names_in(obj)
        message = cls(f"{_describe(obj)} has no “{name}”")
        message.known, message.wanted = known, str(name)
        return message


class ThemeUndefined(jinja2.StrictUndefined):
    """Any use of a name that does not exist is an error, and the error knows what was possible."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[jinja2.TemplateRuntimeError] = jinja2.UndefinedError,
    ) -> None:
        if hint is None and obj is not missing:
            hint = MissingName.of(obj, name)
        super().__init__(hint, obj, name, exc)


def _names_in(obj: object) -> tuple[str, ...]:
    fields = getattr(obj, "__struct_fields__", None)
    if fields is not None:
        return tuple(fields)
    return tuple(str(key) for key in obj) if isinstance(obj, dict) else ()


def _describe(obj: object) -> str:
    """What a value is, in words: of our own types the name says it (``AppView`` → “the app”)."""
    if obj is None:
        return "nothing (None)"
    for types, words in _PLAIN:
        if isinstance(obj, types):
            return words
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(obj).__name__.removesuffix("View"))
    return f"the {words.lower()}"


class _Escaped(dict[str, Markup]):
    """Plain texts as MarkupSafe escapes them, many times faster: most texts of a page stand on many pages."""

    def __missing__(self, text: str) -> Markup:
        if len(self) >= _MOST_ESCAPED:
            self.clear()
        escaped = self[text] = escape(text)
        return escaped

    def escape(self, value: object) -> Markup:
        """What MarkupSafe's ``escape`` gives."""
        return self[value] if type(value) is str else escape(value)


class ThemeTemplate(jinja2.Template):
    """A compiled template that escapes with a memory, to which its code may go directly."""

    @classmethod
    def from_code(
        cls,
        environment: jinja2.Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # the library's name
        uptodate: Callable[[], bool] | None = None,
    ) -> jinja2.Template:
        assert isinstance(environment, ThemeEnvironment)
        escaped = environment.escaped
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__.update(escape=escaped.escape, escaped=escaped)
        return template


class Included(NamedTuple):
    """A template whose text became part of another; ``name`` is what the template ``parent`` calls it."""

    name: str
    parent: str
    path: str
    digest: str


class ThemeEnvironment(jinja2.Environment):
    """Jinja as templates of a theme see it in one language."""

    template_class = ThemeTemplate

    def __init__(
        self,
        theme: Theme,
        translations: Translations,
        formats: Formats,
        compiled: jinja2.BytecodeCache | None = None,
        code: type[CodeGenerator] = CodeGenerator,
        *,
        escapes: bool = True,
    ) -> None:
        """``escapes`` is false for files that are no HTML or XML; whatever they include is then of their kind."""
        super().__init__(
            loader=_LayerLoader(theme),
            autoescape=escapes,
            undefined=ThemeUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=compiled,
            extensions=[constant_texts(translations)],
        )
        self.code_generator_class = code
        self.escaped = _Escaped()
        self._theme = theme
        #: For a template by its path: what became part of its code.
        self.included: dict[str, tuple[Included, ...]] = {}
        self._resolved: dict[tuple[str, str], str] = {}
        self._layer_of = {
            source.path: number for number, layer in enumerate(theme.layers) for source in layer.templates.values()
        }
        self._sources = {source.path: source for layer in theme.layers for source in layer.templates.values()}
        self.policies["json.dumps_function"] = _json
        _restrict(self)
        self.globals.update(t=translations.text, n=translations.plural, asset=_asset_finder(theme))
        self.filters.update(_filters(formats))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Of a mapping its key, also where the mapping has a method of that name (``items``, ``values``)."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    @property
    def template_paths(self) -> frozenset[str]:
        """The paths by which this environment's templates appear in tracebacks."""
        return frozenset(self._layer_of)

    def parsed(self, path: str) -> nodes.Template | None:
        """The template at ``path`` as Jinja reads it; ``None`` when there is none."""
        source = self._sources.get(path)
        return None if source is None else self.parse(source.text, path, path)

    def note_included(self, into: str, name: str, parent: str, path: str) -> None:
        """Note that the text at ``path``, which the template ``parent`` calls ``name``, became part of ``into``."""
        included = Included(name, parent, path, self._sources[path].digest)
        self.included[into] = (*self.included.get(into, ()), included)

    def is_up_to_date(self, included: Included) -> bool:
        """Whether the name means the same text here."""
        is_same = self.join_path(included.name, included.parent) == included.path
        return is_same and self._sources[included.path].digest == included.digest

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One mapping instead of Jinja's chain of two, which each context copies: nothing is added later."""
        return {**self.globals, **(d or {})}

    def qualify(self, name: str) -> str:
        """The path of the template that ``name`` means in the theme as a whole."""
        return self.join_path(name, "")

    def is_missing(self, name: str, parent: str) -> bool:
        """Whether ``name``, written in the template ``parent``, leads nowhere."""
        return self.join_path(name, parent).startswith(_ABSENT)

    def join_path(self, template: str, parent: str) -> str:
        """The path of what ``template`` means in the template ``parent``; a missing one is reported on loading."""
        known = self._resolved.get((template, parent))
        if known is None:
            known = self._resolved[template, parent] = self._resolve(template, parent)
        return known

    def _resolve(self, name: str, parent: str) -> str:
        below = 0
        if name.startswith(BELOW):
            below = self._layer_of.get(parent, -1) + 1
        source = self._theme.find(name.removeprefix(BELOW), below=below)
        return f"{_ABSENT}{name}" if source is None else source.path


class _LayerLoader(jinja2.BaseLoader):
    """Gives Jinja the templates that were read when the theme was loaded."""

    def __init__(self, theme: Theme) -> None:
        self._sources = {source.path: source for layer in theme.layers for source in layer.templates.values()}

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source = self._sources.get(template)
        if source is None:
            raise jinja2.TemplateNotFound(template.removeprefix(_ABSENT))
        return source.text, source.path, lambda: True


def _json(value: object, **_: object) -> str:
    """What the filter ``tojson`` writes: views are objects."""
    return msgspec.json.encode(value, enc_hook=str).decode()


def _restrict(environment: jinja2.Environment) -> None:
    for name in _RANDOM_GLOBALS:
        del environment.globals[name]
    for name in _RANDOM_FILTERS:
        del environment.filters[name]


def _asset_finder(theme: Theme) -> Callable[[str], str]:
    paths = theme.asset_paths

    def asset(name: str) -> str:
        """The hashed path of an asset, relative to the site's root."""
        path = paths.get(name)
        if path is None:
            raise Mistake("unknown-asset", f"there is no asset “{name}”", asset_hint(paths, name))
        return path

    return asset


def _filters(formats: Formats) -> dict[str, Callable[..., str]]:
    """The filters that depend on the language.

    They take the context only so that Jinja does not evaluate them on constants while compiling: compiled
    templates are shared between languages.
    """

    @jinja2.pass_context
    def date(context: Context, value: str, width: Any = "long") -> str:
        return formats.date(value, width)

    @jinja2.pass_context
    def datetime(context: Context, value: str, width: Any = "long") -> str:
        return formats.datetime(value, width)

    @jinja2.pass_context
    def filesize(context: Context, value: int) -> str:
        return formats.filesize(value)

    @jinja2.pass_context
    def number(context: Context, value: int | float) -> str:
        return formats.number(value)

    return {"date": date, "datetime": datetime, "filesize": filesize, "number": number}
