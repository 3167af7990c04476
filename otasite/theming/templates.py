"""Rendering: a theme's templates, in any language, with the views they are given.

Templates are the team's own code, as trusted as the rest of the repository: they are not run in a sandbox. What
the *content* brings into them is not trusted and is always escaped.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from types import CodeType

import jinja2
from jinja2.bccache import Bucket

from otasite.memory import Memory
from otasite.problems import Problem, ProblemsFound
from otasite.theming.environment import Included, ThemeEnvironment
from otasite.theming.fast_code import FastCode
from otasite.theming.formats import Formats
from otasite.theming.locales import load_translations
from otasite.theming.template_errors import describe_error
from otasite.theming.themes import Theme

#: Templates whose code is kept, in all their versions and languages.
MOST_COMPILED = 1000
#: How names of templates end that write no HTML or XML: in their text nothing is escaped.
_PLAIN = (".json", ".txt", ".csv", ".md")


class Renderer:
    """Renders the templates of ``theme``; ``memory`` has texts that were read before.

    Templates that an ``earlier`` renderer compiled, and that are the same in this theme, are not compiled again.
    Languages are prepared when first used. May be used from several threads, and by processes that were
    forked after :meth:`prepare`.
    """

    def __init__(self, theme: Theme, memory: Memory | None = None, earlier: Renderer | None = None) -> None:
        self.theme = theme
        self._memory = memory or Memory(None)
        self._compiled: CompiledTemplates = earlier._compiled if earlier is not None else CompiledTemplates()
        self._languages: dict[str, _Language] = {}

    def render(self, template: str, language: str, context: Mapping[str, object], page: str) -> str:
        """The template's text with ``context``. ``page`` is how messages name what is being rendered.

        Raises :class:`ProblemsFound`, located in the template, for whatever goes wrong.
        """
        prepared = self._languages.get(language) or self._prepare(language)
        try:
            return prepared.render(template, context)
        except Exception as error:
            raise ProblemsFound(self._problems(error, prepared, context, page)) from error

    def _prepare(self, language: str) -> _Language:
        prepared = _Language(self.theme, language, self._memory, self._compiled)
        self._languages[language] = prepared
        return prepared

    def _problems(
        self, error: Exception, prepared: _Language, context: Mapping[str, object], page: str
    ) -> list[Problem]:
        return describe_error(
            error,
            template_paths=prepared.environment.template_paths,
            names=template_names(self.theme),
            known=[*context, *prepared.environment.globals],
            page=page,
        )


def template_names(theme: Theme) -> Collection[str]:
    """The names of all templates of a theme, from all its layers."""
    return {name for layer in theme.layers for name in layer.templates}


class CompiledTemplates:
    """The code of templates by their text and the translations compiled into it: in memory only, for one process."""

    def __init__(self) -> None:
        self.code: dict[tuple[str, str, str], tuple[CodeType, tuple[Included, ...]]] = {}

    def with_texts(self, texts: str) -> jinja2.BytecodeCache:
        """What Jinja asks and tells, for templates into which these texts are compiled."""
        return _CodeInMemory(self, texts)


class _CodeInMemory(jinja2.BytecodeCache):
    def __init__(self, compiled: CompiledTemplates, texts: str) -> None:
        self._compiled = compiled
        self._texts = texts

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        code, included = self._compiled.code.get((self._texts, bucket.key, bucket.checksum), (None, ()))
        environment = bucket.environment
        assert isinstance(environment, ThemeEnvironment)
        if code is not None and all(environment.is_up_to_date(one) for one in included):
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if len(self._compiled.code) >= MOST_COMPILED:  # somebody edits templates since hours
            self._compiled.code.clear()
        assert bucket.code is not None
        assert isinstance(bucket.environment, ThemeEnvironment)
        included = bucket.environment.included.get(bucket.key, ())
        self._compiled.code[self._texts, bucket.key, bucket.checksum] = (bucket.code, included)


class _Language:
    """What rendering in one language needs."""

    def __init__(self, theme: Theme, language: str, memory: Memory, compiled: CompiledTemplates) -> None:
        formats = Formats(language)
        translations = load_translations(theme, language, memory=memory, format_count=formats.number)
        texts = " ".join(source.digest for source in theme.catalogues(language))
        self.environment = ThemeEnvironment(theme, translations, formats, compiled.with_texts(texts))
        self._fast = ThemeEnvironment(theme, translations, formats, compiled.with_texts(f"fast {texts}"), FastCode)
        self._template = functools.cache(functools.partial(_template, self.environment))
        self._fast_template = functools.cache(functools.partial(_template, self._fast))
        plain = functools.cache(  # few themes have files that are no HTML
            lambda: ThemeEnvironment(
                theme, translations, formats, compiled.with_texts(f"plain {texts}"), escapes=False
            )
        )
        self._plain_template = functools.cache(lambda name: _template(plain(), name))
        self._unusual: set[str] = set()

    def render(self, name: str, context: Mapping[str, object]) -> str:
        """The text of a template. Raises whatever goes wrong in it."""
        if name.endswith(_PLAIN):
            return self._plain_template(name).render(context)
        if name not in self._unusual:
            try:
                return self._fast_template(name).render(context)
            except Exception:
                # Whatever it was: Jinja's own code does it, or raises what is really wrong.
                text = self._template(name).render(context)
                self._unusual.add(name)
                return text
        return self._template(name).render(context)


def _template(environment: ThemeEnvironment, name: str) -> jinja2.Template:
    return environment.get_template(environment.qualify(name))
