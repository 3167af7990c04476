"""The core idea: a file of dist/ that knows what it is made of.

An artifact's ``inputs`` hold everything its bytes depend on besides the theme and otasite itself, so its fingerprint
tells whether the file of an earlier build is still right.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["binary", "asset", "manifest", "data", "page", "index"]

#: The order in which files are put in place: what is named by others comes before those that name it.
COMMIT_ORDER: tuple[Kind, ...] = ("binary", "asset", "manifest", "page", "data", "index")


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One file of dist/.

    ``path`` is relative to dist/. ``render`` makes the bytes from nothing but ``inputs``, the theme and otasite's own
    code; ``copy`` names a file to take as it is instead (binaries can be larger than memory). ``source`` is the file
    a person would edit to change it; ``themed`` says whether the theme has a part in it.
    """

    path: str
    kind: Kind
    inputs: object
    source: str
    render: Callable[[], bytes] | None = None
    copy: Path | None = None
    themed: bool = False

    def data(self) -> bytes:
        """Its bytes, made now. Raises :class:`ProblemsFound`, and ``OSError`` for a copy that cannot be read."""
        if self.copy is not None:
            return self.copy.read_bytes()
        assert self.render is not None
        return self.render()

    def fingerprint(self, context: bytes) -> bytes:
        """Hash of everything the bytes depend on; ``context`` stands for otasite's version (and the theme)."""
        return blake2b(_encode(self.inputs), digest_size=16, key=context).digest()


_encode = msgspec.msgpack.Encoder().encode
