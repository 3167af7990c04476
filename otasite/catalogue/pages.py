"""Free pages: the Markdown files of ``pages/``, with what the front matter at their top says of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from otasite.catalogue.files import Files, files_below, parse_text, split_language
from otasite.catalogue.model import FreePage, Site
from otasite.catalogue.resolve import address_part
from otasite.problems import Location, Problem, ProblemsFound, suggest
from otasite.typed_yaml.convert import read_record
from otasite.typed_yaml.reading import Document, Where, read_yaml
from otasite.typed_yaml.record import Record

PAGES: Final = "content/pages"
_MARK: Final = "---\n"
_END: Final = re.compile(r"^---[ \t]*(\n|\Z)", re.MULTILINE)
#: What tells front matter from a line across the page, and from a table.
_KEY: Final = re.compile(r"(?:#.*\n)*[A-Za-z_-]+:(?:\s|\Z)")


class PageRecord(Record, frozen=True, kw_only=True):
    """The front matter of a page: YAML between two lines of three hyphens, at the top of its file.

    title: Title of the page; without one its first heading (“# Title”), or its file's name.
    description: What search engines and link previews show; without one its first paragraph.
    order: Place in lists of pages, lowest first; pages without one come after those, by name.
    nav: Whether the list of pages at the foot of every page has it.
    noindex: Ask search engines to leave it out.
    languages: Those that have it; without, all of the site, the first in place of one that is not written.
    template: The template that makes it, by its name in templates/; without one page.html.
    """

    title: str | None = None
    description: str | None = None
    order: int | None = None
    nav: bool | None = None
    noindex: bool | None = None
    languages: tuple[str, ...] | None = None
    template: str | None = None


class PageFile(msgspec.Struct, frozen=True):
    """One file of a page: what it says of the page, and its text."""

    settings: PageRecord
    body: str


def read_pages(files: Files, site: Site, is_good_name: Callable[[str, str], bool]) -> tuple[FreePage, ...]:
    """The pages in the order of lists; ``help.de.md`` is the German text of ``help.md``.

    The page of a folder is its ``index.md``. ``is_good_name`` judges a name and a path. What is wrong with a file
    goes to the findings.
    """
    texts: dict[str, dict[str, PageFile]] = {}
    for path in files_below(PAGES, files.sources, files.findings):
        name = path.removeprefix(f"{PAGES}/")
        stem, language = split_language(name.removesuffix(".md"), site.languages)
        if not name.endswith(".md") or not all(is_good_name(part, path) for part in stem.split("/")):
            continue
        try:
            texts.setdefault(stem, {})[language or site.language] = files.sources.load(path, PageFile, _parse)
        except ProblemsFound as error:
            files.findings.extend(error.problems)
    pages = [_page(stem, by_language, site, files) for stem, by_language in texts.items() if by_language]
    return tuple(sorted(pages, key=lambda page: (page.order is None, page.order or 0, page.source)))


def _parse(data: bytes, shown: str) -> PageFile:
    text = parse_text(data, shown)
    if not text.startswith(_MARK) or not _KEY.match(text, len(_MARK)):
        return PageFile(PageRecord(), text)
    end = _END.search(text, len(_MARK))
    if end is None:
        raise ProblemsFound(
            [
                Problem(
                    code="front-matter",
                    message="this front matter has no end",
                    hint="close it with three hyphens on a line; a line across the page has a blank line below it",
                    location=Location(shown, 1, 1),
                )
            ]
        )
    found = read_record(_front(text, end.start()), shown, PageRecord)
    return PageFile(found.require(), text[end.end() :])


def _front(text: str, end: int) -> str:
    """The YAML of a front matter: a comment in place of the first line keeps the numbers of the others."""
    return "#\n" + text[len(_MARK) : end]


def _where(path: str, files: Files) -> Where:
    """The places of the keys of a page's front matter."""

    def parse() -> Document:
        text = parse_text(files.sources.read(path), path)
        end = _END.search(text, len(_MARK))
        return read_yaml(_front(text, end.start() if end else len(_MARK)), path)

    return Where(parse)


def check_templates(pages: Iterable[FreePage], has_template: Callable[[str], bool], files: Files) -> None:
    """Report templates that front matter names and the theme does not have."""
    for page in pages:
        if page.template and not has_template(page.template):
            message = f"there is no template “{page.template}”"
            hint = "write its name as it is in templates/, such as pages/guide.html"
            files.findings.report("template-missing", message, hint=hint, at=_where(page.source, files)("template"))


def _page(stem: str, texts: dict[str, PageFile], site: Site, files: Files) -> FreePage:
    """A page; what is the same in all languages is said in the file of the site's first, or the first there is."""
    main = site.language if site.language in texts else next(iter(texts))
    settings = texts[main].settings
    source = f"{PAGES}/{stem}.md" if main == site.language else f"{PAGES}/{stem}.{main}.md"
    titles, bodies = {}, {}
    for tag, file in texts.items():
        titles[tag], bodies[tag] = _titled(file, posixpath.basename(stem))
    descriptions = {tag: file.settings.description for tag, file in texts.items() if file.settings.description}
    languages = settings.languages or site.languages
    for index, tag in enumerate(languages):
        if tag not in site.languages:
            files.findings.report(
                "unknown-language",
                f"the site has no language “{tag}”",
                hint=suggest(tag, site.languages) or "site.yaml lists those that it has below languages:",
                at=_where(source, files)("languages", index),
            )
    folder = stem.removesuffix("/index") if "/" in stem else stem
    return FreePage(
        id="/".join(address_part(part) for part in folder.split("/")),
        source=source,
        title=titles,
        description=descriptions,
        body=bodies,
        order=settings.order,
        nav=settings.nav is not False,
        noindex=settings.noindex or False,
        languages=tuple(tag for tag in site.languages if tag in languages) or site.languages,
        template=settings.template or "",
    )


def _titled(file: PageFile, stem: str) -> tuple[str, str]:
    """The title of a page, and its text without the heading that says the same."""
    first, _, rest = file.body.lstrip().partition("\n")
    heading = first[2:].strip().rstrip("#").strip() if first.startswith("# ") else None
    title = file.settings.title or heading or stem.replace("-", " ").capitalize()
    return title, rest if heading is not None and title == heading else file.body
