"""Pages rendered on request, each once, with the last good one kept for when its template breaks."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

import msgspec

from otasite.preview.frames import error_page, frames_of, reading_page
from otasite.problems import Problem, ProblemsFound
from otasite.site.artifacts import Artifact
from otasite.site.views import Alternate, ReleasePage, View
from otasite.workshop.assembly import Assembly

#: A stylesheet's name with the hash of its content.
_HASHED_CSS = re.compile(rb"\.[0-9a-f]{10}\.css\b")


class LiveResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the site: ``body``, or for what is only copied the ``file`` itself.

    ``path`` is its path in dist/. ``digest`` is that of its bytes; ``shape`` too, but with the content hashes in
    names of stylesheets left out: two pages of one shape differ in their stylesheets only.
    ``problems`` say why this is not the newest state, or why there is no page (``status`` 500).
    """

    path: str
    status: int = 200
    body: bytes = b""
    file: Path | None = None
    digest: str = ""
    shape: str = ""
    source: str = ""
    alternates: tuple[Alternate, ...] = ()
    draft: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def is_page(self) -> bool:
        return self.path.endswith((".html", ".htm"))


class Redirect(msgspec.Struct, frozen=True):
    """The address is another one: of the folder's page, or of the site itself. ``path`` is relative to the root."""

    path: str


def digest_of(body: bytes) -> str:
    return blake2b(body, digest_size=12).hexdigest()


def shape_of(body: bytes) -> str:
    return digest_of(_HASHED_CSS.sub(b".css", body))


#: Pages kept in memory: more than anybody has open, less than would be felt.
MAX_PAGES = 400
#: Where the preview's own files are, below the site's base path. No app or page can have this name.
TOOLS = "_otasite/"


class _Rendered(msgspec.Struct, frozen=True):
    """A page and what it was made from; ``response`` may be an older one when the newest could not be made."""

    artifact: Artifact
    theme: str
    response: LiveResponse


class Rendering:
    """Renders artifacts with whatever assembly is current."""

    def __init__(self, current: Callable[[], Assembly]) -> None:
        self._current = current
        self._pages: OrderedDict[str, _Rendered] = OrderedDict()
        self._failures: dict[str, tuple[Problem, ...]] = {}

    def respond(self, artifact: Artifact) -> LiveResponse:
        """The artifact as a response; the last good one, with its problems, when it cannot be rendered."""
        if artifact.copy is not None and not artifact.path.endswith((".html", ".htm")):
            return LiveResponse(path=artifact.path, file=artifact.copy, source=artifact.source)
        theme = self._current().theme
        version = theme.digest if theme is not None and artifact.themed else ""
        known = self._pages.get(artifact.path)
        if known is None or known.artifact is not artifact or known.theme != version:
            known = _Rendered(artifact, version, self._render(artifact, known.response if known else None))
            self._pages[artifact.path] = known
            if len(self._pages) > MAX_PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(artifact.path)
        if known.response.problems:
            self._failures[artifact.path] = known.response.problems
        return known.response

    def _render(self, artifact: Artifact, before: LiveResponse | None) -> LiveResponse:
        try:
            body = self.bytes_of(artifact)
        except ProblemsFound as error:
            if before is None or before.status != 200:
                return self.error(error.problems)
            return msgspec.structs.replace(before, problems=error.problems)
        except OSError as error:  # a file that vanished since it was planned: the next event will tell
            gone = Problem(code="unreadable-file", message=f"{artifact.source} cannot be read: {error.strerror}")
            return self.error([gone])
        page = getattr(artifact.inputs, "page", None)
        return LiveResponse(
            path=artifact.path,
            body=body,
            digest=digest_of(body),
            shape=shape_of(body),
            source=artifact.source,
            alternates=page.alternates if page is not None else (),
            draft=isinstance(artifact.inputs, ReleasePage) and artifact.inputs.release.draft,
        )

    def bytes_of(self, artifact: Artifact) -> bytes:
        """The artifact rendered now. Raises :class:`ProblemsFound`."""
        # A view holds everything of a page but the templates, and those are the current ones: an edited template
        # shows without planning its app again.
        if isinstance(artifact.inputs, View):
            return self._current().render(artifact.inputs)
        return artifact.data()

    def error(self, problems: Iterable[Problem]) -> LiveResponse:
        """A page that lists problems, for an address that has no good page yet."""
        problems = tuple(sorted(problems, key=Problem.sort_key))
        current = self._current()
        body = error_page(frames_of(problems, current.project.root), f"{current.base.path}{TOOLS}")
        digest = digest_of(body)
        return LiveResponse(path="404.html", status=500, body=body, digest=digest, shape=digest, problems=problems)

    def reading(self, known: int, total: int) -> LiveResponse:
        """The page that is shown while a large catalogue is read for the first time."""
        current = self._current()
        body = reading_page(known, total, f"{current.base.path}{TOOLS}")
        digest = digest_of(body)
        return LiveResponse(path="404.html", status=503, body=body, digest=digest, shape=digest)

    def forget_failures(self) -> None:
        """Something changed: what failed may not fail any more, which shows when it is asked for again."""
        self._failures.clear()

    def problems(self) -> Iterable[Problem]:
        """What kept pages from being rendered, of those that were asked for since the last change."""
        for problems in self._failures.values():
            yield from problems
