"""Free pages: the Markdown files of ``pages/``, with what the front matter at their top says of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from otasite.catalogue.files import Files, parse_text, split_language
from otasite.catalogue.model import FreePage, Site
from otasite.catalogue.resolve import address_part
from otasite.problems import Location, Problem, ProblemsFound
from otasite.typed_yaml.convert import read_record
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
    """

    title: str | None = None
    description: str | None = None
    order: int | None = None
    nav: bool | None = None
    noindex: bool | None = None


class PageFile(msgspec.Struct, frozen=True):
    """One file of a page: what it says of the page, and its text."""

    settings: PageRecord
    body: str


def read_pages(files: Files, site: Site, is_good_name: Callable[[str, str], bool]) -> tuple[FreePage, ...]:
    """The pages in the order of lists; ``help.de.md`` is the German text of ``help.md``.

    ``is_good_name`` judges a name and a path. What is wrong with a file goes to the findings.
    """
    texts: dict[str, dict[str, PageFile]] = {}
    for name in files.sources.listing(PAGES):
        stem, language = split_language(name.removesuffix(".md"), site.languages)
        path = f"{PAGES}/{name}"
        if not name.endswith(".md") or not is_good_name(stem, path):
            continue
        try:
            texts.setdefault(stem, {})[language or site.language] = files.sources.load(path, PageFile, _parse)
        except ProblemsFound as error:
            files.findings.extend(error.problems)
    pages = [_page(stem, by_language, site.language) for stem, by_language in texts.items() if by_language]
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
    # A comment in place of the first line keeps the numbers of the others.
    found = read_record("#\n" + text[len(_MARK) : end.start()], shown, PageRecord)
    return PageFile(found.require(), text[end.end() :])


def _page(stem: str, files: dict[str, PageFile], language: str) -> FreePage:
    """A page; what is the same in all languages is said in the file of the site's first, or the first there is."""
    main = language if language in files else next(iter(files))
    settings = files[main].settings
    titles, bodies = {}, {}
    for tag, file in files.items():
        titles[tag], bodies[tag] = _titled(file, stem)
    descriptions = {tag: file.settings.description for tag, file in files.items() if file.settings.description}
    return FreePage(
        id=address_part(stem),
        source=f"{PAGES}/{stem}.md" if main == language else f"{PAGES}/{stem}.{main}.md",
        title=titles,
        description=descriptions,
        body=bodies,
        order=settings.order,
        nav=settings.nav is not False,
        noindex=settings.noindex or False,
    )


def _titled(file: PageFile, stem: str) -> tuple[str, str]:
    """The title of a page, and its text without the heading that says the same."""
    first, _, rest = file.body.lstrip().partition("\n")
    heading = first[2:].strip().rstrip("#").strip() if first.startswith("# ") else None
    title = file.settings.title or heading or stem.replace("-", " ").capitalize()
    return title, rest if heading is not None and title == heading else file.body
