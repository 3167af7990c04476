"""What the preview answers with: a file of the site as it would be in dist/, or why there is none."""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

import msgspec

from otasite.problems import Problem
from otasite.site.views import Alternate

#: A stylesheet's name with the hash of its content.
_HASHED_CSS = re.compile(rb"\.[0-9a-f]{10}\.css\b")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
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


class Elsewhere(msgspec.Struct, frozen=True):
    """The address is another one: of the folder's page, or of the site itself. ``path`` is relative to the root."""

    path: str


def digest_of(body: bytes) -> str:
    return blake2b(body, digest_size=12).hexdigest()


def shape_of(body: bytes) -> str:
    return digest_of(_HASHED_CSS.sub(b".css", body))
