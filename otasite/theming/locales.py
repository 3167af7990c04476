"""The texts of one language, as templates ask for them.

A text is looked up in the language itself, then in the less specific one, then in English (``pt-BR``, ``pt``,
``en``), and in each through all layers of the theme from the top. Texts are plain: the template escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup, escape

from otasite.memory import Memory
from otasite.problems import Findings, ProblemsFound, suggest
from otasite.theming.catalogue_files import MessageCatalogue, read_catalogue, split_placeholders
from otasite.theming.mistakes import Mistake
from otasite.theming.themes import Theme


class _Pattern:
    """A text with placeholders, taken apart once and filled often."""

    __slots__ = ("_format", "_pieces", "names")

    def __init__(self, text: str) -> None:
        self._pieces = split_placeholders(text)
        self.names = tuple(self._pieces[1::2])
        pieces = [piece.replace("%", "%%") for piece in self._pieces]
        pieces[1::2] = [f"%({name})s" for name in self.names]
        self._format = "".join(pieces)

    def fill(self, values: Mapping[str, object]) -> str:
        """The text with its values. A value that is HTML already stays so; everything else is then escaped."""
        for name in self.names:
            if hasattr(values[name], "__html__"):
                filled = self._pieces.copy()
                filled[0::2] = [escape(literal) for literal in self._pieces[0::2]]
                filled[1::2] = [escape(values[name]) for name in self.names]
                return Markup("").join(filled)  # every piece was escaped above
        return self._format % values


class _Plural:
    """A text in all its plural forms, with the rule of the catalogue that it comes from."""

    __slots__ = ("_form", "forms")

    def __init__(self, forms: tuple[str, ...], form: Callable[[int], int]) -> None:
        self.forms = tuple(_Pattern(text) for text in forms)
        self._form = form

    def pick(self, count: int) -> _Pattern:
        return self.forms[self._form(count)]


class Translations:
    """The texts of ``language``. ``format_count`` writes the number that a plural text shows."""

    def __init__(
        self, language: str, catalogues: list[MessageCatalogue], format_count: Callable[[int], str] = str
    ) -> None:
        self.language = language
        self._format_count = format_count
        self._texts: dict[str, str | _Pattern] = {}
        self._plurals: dict[str, _Plural] = {}
        for catalogue in catalogues:
            self._add(catalogue)

    def _add(self, catalogue: MessageCatalogue) -> None:
        """Take over the keys that no catalogue before this one had."""
        taken = self._texts.keys() | self._plurals.keys()
        for key, text in catalogue.texts.items():
            if key not in taken:
                pattern = _Pattern(text)
                self._texts[key] = pattern if pattern.names else text
        form = catalogue.plural_form()
        for key, forms in catalogue.plurals.items():
            if key not in taken:
                self._plurals[key] = _Plural(forms, form)

    def text(self, key: str, /, **values: object) -> str:
        """The text of ``key``. Raises :class:`Mistake` when there is none or a value for it is missing.

        Plain text, unless a value is HTML (has ``__html__``): then HTML, in which all else is escaped.
        """
        found = self._texts.get(key)
        if isinstance(found, str):
            return found
        if found is None:
            raise self._no_text(key)
        try:
            return found.fill(values)
        except KeyError as error:
            raise self._no_value(key, error.args[0]) from None

    def constant(self, key: str) -> str | None:
        """The text of ``key`` if it is the same whatever the page, so neither plural nor with placeholders."""
        found = self._texts.get(key)
        return found if isinstance(found, str) else None

    def plural(self, key: str, count: int, /, **values: object) -> str:
        """The text of ``key`` in the plural form for ``count``, which fills ``{count}``. Raises like :meth:`text`."""
        found = self._plurals.get(key)
        if found is None:
            raise self._no_plural(key)
        if not isinstance(count, int):
            raise Mistake("translation-value", f"n(“{key}”) wants a number to count, not “{count}”")
        values.setdefault("count", self._format_count(count))
        try:
            return found.pick(abs(count)).fill(values)
        except KeyError as error:
            raise self._no_value(key, error.args[0]) from None

    def has(self, key: str) -> bool:
        """Whether there is any text of ``key``, plural or not."""
        return key in self._texts or key in self._plurals

    def _no_text(self, key: str) -> Mistake:
        if key in self._plurals:
            message = f"the text “{key}” has plural forms"
            return Mistake("unknown-translation", message, hint=f'write n("{key}", count) instead of t("{key}")')
        return self._unknown(key, self._texts)

    def _no_plural(self, key: str) -> Mistake:
        if key in self._texts:
            message = f"the text “{key}” has no plural forms"
            return Mistake("unknown-translation", message, hint="give it msgid_plural and msgstr[0], msgstr[1] …")
        return self._unknown(key, self._plurals)

    def _unknown(self, key: str, known: Mapping[str, object]) -> Mistake:
        hint = suggest(str(key), known) or "add the key to locales/en.po of the theme or of the site"
        return Mistake("unknown-translation", f"there is no text “{key}”", hint)

    def _no_value(self, key: str, name: str) -> Mistake:
        hint = f'write t("{key}", {name}=…)'
        return Mistake("translation-value", f"the text “{key}” needs a value for {{{name}}}", hint)


def load_translations(
    theme: Theme, language: str, *, memory: Memory | None = None, format_count: Callable[[int], str] = str
) -> Translations:
    """The texts of ``language`` in ``theme``; ``memory`` has what was read before.

    Raises :class:`ProblemsFound` with every problem of every catalogue that is needed.
    """
    findings = Findings()
    catalogues = []
    for source in theme.catalogues(language):
        try:
            catalogues.append(read_catalogue(source, memory or Memory(None)))
        except ProblemsFound as found:
            findings.extend(found.problems)
    findings.raise_errors()
    return Translations(language, catalogues, format_count)
