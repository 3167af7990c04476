"""The links of a finished site, checked against its files without a browser."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

LINKING = {
    "a": ("href",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "script": ("src",),
    "iframe": ("src",),
    "form": ("action",),
    "use": ("href",),
}


@dataclass
class PageLinks(HTMLParser):
    """The addresses a page names, and the ids that can be linked to."""

    text: str
    found: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    __hash__ = None  # type: ignore[assignment]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if name in LINKING.get(tag, ()) and value is not None:
                parts = value.split(",") if name == "srcset" else [value]
                self.found += [part.split()[0] if name == "srcset" else part for part in parts if part.strip()]


@dataclass(frozen=True)
class SiteLinks:
    """A site in ``folder`` that lives at ``base_url`` (with a slash at its end)."""

    folder: Path
    base_url: str
    _read: dict[Path, PageLinks] = field(default_factory=dict)

    def broken(self) -> list[str]:
        """One line for each link of a page that leads nowhere inside the site, or out of it by mistake."""
        return [
            f"{page.relative_to(self.folder).as_posix()}: {link}"
            for page in sorted(self.folder.rglob("*.html"))
            for link in self._links(page).found
            if not self.leads_somewhere(self.address(page), link)
        ]

    def address(self, page: Path) -> str:
        """The address of a page, as a browser shows it."""
        path = page.relative_to(self.folder).as_posix()
        return self.base_url + path.removesuffix("index.html")

    def leads_somewhere(self, address: str, link: str) -> bool:
        target, fragment = urldefrag(urljoin(address, link))
        if urlsplit(target).scheme not in ("https", "http"):
            return True
        if not target.startswith(self.base_url):
            return urlsplit(target).netloc != urlsplit(self.base_url).netloc
        file = self.file(target)
        if file is None:
            return False
        if not fragment or file.suffix != ".html":
            return True
        return unquote(fragment) in self._links(file).ids

    def _links(self, page: Path) -> PageLinks:
        """What a page names. Read once: dozens of links lead to places in the same page."""
        if page not in self._read:
            self._read[page] = PageLinks(page.read_text(encoding="utf-8"))
        return self._read[page]

    def file(self, address: str) -> Path | None:
        """The file that a host sends for an absolute address of the site, if there is one."""
        inside = unquote(urlsplit(address).path).removeprefix(urlsplit(self.base_url).path)
        if inside != "" and posixpath.normpath(inside).startswith(".."):
            return None
        file = self.folder / inside
        file = file / "index.html" if file.is_dir() else file
        return file if file.is_file() else None
