"""What texts in Markdown name: pictures and files beside them become part of the site, pages are looked for.

Everything is found before pages ask for a text, so that what is missing is told with its place. An address counts
from the folder of the file that says it; with a leading ``/`` it is one of the site.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

import msgspec

from otasite.catalogue.resolve import address_part
from otasite.catalogue.sources import ABSENT, Sources
from otasite.problems import Findings, Location, ProblemsFound, suggest
from otasite.site.artifacts import Artifact
from otasite.site.calls import Call
from otasite.site.components import Amiss, Calls, Filling
from otasite.site.files import copy_artifact, file_digest
from otasite.site.images import ImageFile, examine
from otasite.site.notes import Address, Notes, Target
from otasite.typed_yaml.texts import Places

STATIC: Final = "content/static"
#: Endings of files that a browser would run in the site's name, or that are no publication.
_NOT_PUBLISHED: Final = frozenset(
    f".{ending}"
    for ending in (
        *("html", "htm", "xhtml", "xht", "svg", "svgz", "xml", "xsl", "js", "mjs", "css", "wasm"),
        *("yaml", "yml", "md", "ipa", "apk", "aab", "apks"),
    )
)


class SiteLink(msgspec.Struct, frozen=True, array_like=True):
    """A link to a page of the site: its path (``rider/``), the part of it, and the file and address that say so."""

    path: str
    part: str
    source: str
    address: str


class Named:
    """What the texts of one unit name. Problems go to ``findings``; ``folder`` is where its files go in dist/.

    ``calls`` judges those of components.
    """

    def __init__(
        self,
        notes: Notes,
        sources: Sources,
        findings: Findings,
        folder: str,
        pages: Mapping[str, str],
        calls: Calls,
    ) -> None:
        self.notes = notes
        self.sources = sources
        self.findings = findings
        self.folder = folder
        #: Free pages by their source, as paths.
        self.pages = pages
        self.calls = calls
        self.artifacts: dict[str, Artifact] = {}
        self.links: dict[SiteLink, None] = {}
        self._settled: set[tuple[str, Address]] = set()
        self._told: set[tuple[str, str]] = set()

    def look_into(self, text: str, source: str, language: str, heading: int = 3) -> None:
        """Settle what one text names on pages in ``language``; ``source`` is the YAML or Markdown file of it."""
        converted = self.notes.converted(text, heading)
        if converted.fault:
            self._report("long-markdown", f"this text cannot be shown: {converted.fault}", source, converted.near)
        for address in converted.refused:
            self._refuse(address, source)
        for part in converted.lost_parts:
            self._report("broken-link", f"nothing in this text is called “#{part}”", source, f"#{part}", _PARTS_HINT)
        folder = posixpath.dirname(source)
        for each in converted.named:
            if each.address.startswith("/") and not each.address.startswith(("//", "/\\")):
                self._at_site(each.address, source, is_picture=each.is_picture)
            elif (folder, each) not in self._settled:
                self._settled.add((folder, each))
                target = self._beside(folder, each.address, source, is_picture=each.is_picture)
                if target is not None:
                    self.notes.targets[folder, each] = target
                else:  # what an earlier look found may be gone
                    self.notes.targets.pop((folder, each), None)
        for call in converted.calls:
            filling = self._settled_call(call, source, language)
            if filling is not None:
                self.notes.fillings[language, folder, call.raw] = filling
            else:
                self.notes.fillings.pop((language, folder, call.raw), None)

    # --- components -----------------------------------------------------------------------------------------

    def _settled_call(self, call: Call, source: str, language: str) -> Filling | None:
        """What a call shows; ``None`` when something is wrong with it, which is told."""
        try:
            found = self.calls.settle(
                call, language, lambda address, is_picture: self._file_of_call(address, call, source, is_picture)
            )
        except ProblemsFound as error:  # the component's own
            self.findings.extend(error.problems)
            return None
        if isinstance(found, Filling):
            return found
        for amiss in found:
            self._tell(amiss, call, source)
        return None

    def _file_of_call(self, address: str, call: Call, source: str, is_picture: bool) -> Target | None:
        if not address.startswith("/"):
            return self._beside(posixpath.dirname(source), address, source, is_picture=is_picture)
        path = posixpath.normpath(f"{STATIC}{address}")
        is_inside = path.startswith(f"{STATIC}/")
        if not is_inside or self.sources.stamp(self.sources.actual(path)) == ABSENT:
            what = "picture" if is_picture else "file"
            hint = f"files with a leading “/” are those of {STATIC}/; without it, they count from this file's folder"
            amiss = Amiss(f"there is no {what} “{STATIC}{address}”", hint, address, "missing-file")
            self._tell(amiss, call, source)
            return None
        return Target(path.removeprefix(f"{STATIC}/"))

    def _tell(self, amiss: Amiss, call: Call, source: str) -> None:
        if (source, amiss.message) not in self._told:
            self._told.add((source, amiss.message))
            at = place_of(self.sources, source, call.raw)
            if at.column:
                at = msgspec.structs.replace(at, column=at.column + amiss.offset(call.raw))
            self.findings.report(amiss.code, amiss.message, hint=amiss.hint, at=at)

    # --- addresses ------------------------------------------------------------------------------------------

    def _at_site(self, address: str, source: str, *, is_picture: bool) -> None:
        path, _, part = address[1:].partition("#")
        path = unquote(path.partition("?")[0])
        if not is_picture:
            self.links[SiteLink(path, unquote(part), source, address)] = None
        elif self.sources.stamp(self.sources.actual(f"{STATIC}/{path}")) == ABSENT:
            hint = (
                f"pictures with a leading “/” are those of {STATIC}/; without it, they count from this file's folder"
            )
            self._report("missing-file", f"there is no picture “{STATIC}/{path}”", source, address, hint)

    def _beside(self, folder: str, address: str, source: str, *, is_picture: bool) -> Target | None:
        """Where a picture, file or page is that is named from ``folder``."""
        if "\\" in address:
            hint = "write it with “/”: browsers take a backslash for one, and “\\\\name” for another host"
            self._report("bad-address", f"“{address}” is no address: it has a backslash", source, address, hint)
            return None
        if is_picture and (":" in address.partition("/")[0] or address.startswith("//")):
            self._report(
                "remote-picture",
                f"“{address}” is no picture of this site; pages load nothing from elsewhere "
                "(their Content-Security-Policy), so nobody would see it",
                source,
                address,
                "save it beside this file and name it there, or write a link to it instead: [words](address)",
            )
            return None
        written, _, part = address.partition("#")
        path = posixpath.normpath(posixpath.join(folder, unquote(written.partition("?")[0])))
        path = self.sources.actual(path) if path.startswith("content/") else path
        if not is_picture and path in self.pages:
            self.links[SiteLink(self.pages[path], unquote(part), source, address)] = None
            return Target(self.pages[path] + (f"#{part}" if part else ""))
        return self._file(path, address, source, is_picture=is_picture)

    def _file(self, path: str, address: str, source: str, *, is_picture: bool) -> Target | None:
        ending = posixpath.splitext(path)[1].lower()
        if not path.startswith("content/"):
            code = "outside-content" if is_picture else "broken-link"
            self._report(code, f"“{address}” leads out of the content folder", source, address, _INSIDE)
        elif self.sources.stamp(path) == ABSENT:
            what = "picture" if is_picture else "file or page"
            self._report(
                "missing-file" if is_picture else "broken-link",
                f"there is no {what} “{path}”",
                source,
                address,
                self._hint(path),
            )
        elif not is_picture and ending in _NOT_PUBLISHED:
            self._report(
                "broken-link",
                f"“{address}” is a file that is not published as it is",
                source,
                address,
                f"link to a page (“/name/”), or put the file into {STATIC}/ and write “/…”",
            )
        else:
            try:
                return self._picture(path) if is_picture else self._copy(path, ending)
            except ProblemsFound as error:
                self.findings.extend(error.problems)
        return None

    def _hint(self, path: str) -> str:
        name = posixpath.basename(path).removesuffix(".md") or posixpath.basename(posixpath.dirname(path))
        known = {posixpath.basename(page).removesuffix(".md"): at for page, at in self.pages.items()}
        if name in known:
            return f"write /{known[name]}"
        return suggest(posixpath.basename(path), self.sources.listing(posixpath.dirname(path))) or (
            "addresses count from the folder of this file, with a leading “/” from the site's root; case matters"
        )

    # --- files ----------------------------------------------------------------------------------------------

    def _picture(self, path: str) -> Target:
        picture = self.sources.load(path, ImageFile, examine)
        place = f"{self.folder}files/{_stem(path)}.{picture.digest}{picture.ending}"
        file = self.sources.root / path
        self.artifacts[place] = Artifact(path=place, kind="asset", inputs=picture.digest, source=path, copy=file)
        return Target(place, picture.width, picture.height)

    def _copy(self, path: str, ending: str) -> Target:
        digest = self.sources.measure(path, str, file_digest)
        place = f"{self.folder}files/{_stem(path)}.{digest[:10]}{ending}"
        self.artifacts[place] = copy_artifact(place, path, self.sources, kind="asset")
        return Target(place)

    # --- problems -------------------------------------------------------------------------------------------

    def _refuse(self, address: str, source: str) -> None:
        hint = "links may begin with https:, http:, mailto: or tel:; a link that installs is on the app's page"
        self._report("bad-address", f"“{address[:100]}” is left out: no link may lead there", source, address, hint)

    def _report(self, code: str, message: str, source: str, near: str, hint: str = "") -> None:
        if (source, message) not in self._told:
            self._told.add((source, message))
            self.findings.report(code, message, hint=hint, at=place_of(self.sources, source, near))


_PARTS_HINT: Final = "parts are called by the words of their headings, in lower case and with hyphens"
_INSIDE: Final = "copy the file itself (not a link to it) into the content folder"


def place_of(sources: Sources, source: str, near: str) -> Location:
    """Where ``near`` is written: in ``source`` or in a Markdown file that belongs to it (``1.2-34.de.md``)."""
    folder, stem = posixpath.split(posixpath.splitext(source)[0])
    beside = (f"{folder}/{name}" for name in sources.listing(folder) if name.startswith(f"{stem}."))
    files = [path for path in beside if path.endswith(".md") and path != source]
    for path in (source, *files):
        try:
            text = sources.read(path).decode(errors="replace")
        except ProblemsFound:
            continue
        at = min((text.find(word) for word in _as_written(near) if word in text), default=-1)
        if at >= 0:
            return Places(text, path).at(at)
    return Location(source)


def _as_written(near: str) -> Iterator[str]:
    """How a piece of a text may be written in its file."""
    line = near.partition("\n")[0].strip()
    if line:
        yield line
        yield line.replace("&", "&amp;")
        yield line.replace('"', '\\"')  # in a text in quotes
        yield line.replace("'", "''")


def _stem(path: str) -> str:
    return address_part(posixpath.splitext(posixpath.basename(path))[0])
