"""What servers send, read within bounds: the budget is looked at while a body is decoded, not afterwards."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

#: Bytes on the wire beyond the decoded limit that a compressed body may have: names and comments of gzip's head.
_OVERHEAD = 64 * 2**10
#: Objects of a JSON document: each costs some hundred bytes of memory, however few it has in the document. A release
#: of a catalogue has four.
MAX_OBJECTS = 400_000
#: What requests say that they understand, so that no server sends what :func:`read_body` refuses.
ACCEPT_ENCODING = "gzip, deflate"
#: Seconds that a body of a few megabytes may take.
PATIENCE = 120.0
#: Digits of a length in bytes: more than any file has, fewer than Python refuses to read.
_COUNT = re.compile(r"[0-9]{1,15}")


class BadBody(Exception):
    """A body that cannot be read; the message says why."""


class OutOfTime(Exception):
    """The time that a whole run may take is over."""


class Deadline:
    """A moment in the future, ``seconds`` from now on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then; 0 when it is over."""
        return max(0.0, self._end - time.monotonic())


def read_body(pieces: Iterable[bytes], encoding: str, limit: int) -> tuple[bytes, bool]:
    """The decoded body of a response and whether it is longer than ``limit`` bytes, of which no more are kept.

    ``encoding`` is its Content-Encoding: none, gzip or deflate. Several on top of each other, which multiply what a
    small answer unpacks to and which no server has a reason for, are refused. Raises BadBody.
    """
    decoder = _decoder(encoding)
    body, received = bytearray(), 0
    for piece in pieces:
        received += len(piece)
        body += piece[: limit + 1 - len(body)] if decoder is None else decoder.unpacked(piece, limit + 1 - len(body))
        if len(body) > limit:
            return bytes(body[:limit]), True
        if received > limit + _OVERHEAD:
            raise BadBody("it is compressed to more than it holds")
    return bytes(body), False


def whole_body(response: httpx.Response, limit: int, seconds: float = PATIENCE) -> bytes:
    """The decoded body of a response that httpx has only begun to read, as it comes over the wire.

    Raises BadBody when it is longer than ``limit`` bytes, or takes longer than ``seconds`` however busily it drips,
    and httpx's own errors.
    """
    pieces = bounded(response.iter_raw(), limit + _OVERHEAD, seconds)
    body, is_longer = read_body(pieces, response.headers.get("content-encoding", ""), limit)
    if is_longer:
        raise BadBody(f"it has more than {limit:,} bytes")
    return body


def bounded(pieces: Iterable[bytes], limit: int, seconds: float) -> Iterator[bytes]:
    """The same pieces. Raises BadBody when they are more than ``limit`` bytes or do not end in ``seconds``."""
    deadline, count = Deadline(seconds), 0
    for piece in pieces:
        count += len(piece)
        if count > limit:
            raise BadBody(f"it has more than {limit:,} bytes")
        if not deadline.left():
            raise BadBody(f"it has not come within {seconds:,.0f} seconds")
        yield piece


def json_value(data: bytes, type_: type[T]) -> T:
    """A server's JSON as a value of ``type_``. Raises BadBody, also for what is too deep or too much to be read."""
    if data.count(b"{") > MAX_OBJECTS:
        raise BadBody(f"it has more than {MAX_OBJECTS:,} objects")
    try:
        return msgspec.json.decode(data, type=type_)
    except RecursionError:
        raise BadBody("it is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadBody(str(error)) from None


def count_of(text: str) -> int | None:
    """A number of bytes as headers write it; None for anything else, such as thousands of digits."""
    return int(text) if _COUNT.fullmatch(text) else None


def _decoder(encoding: str) -> _Inflater | None:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip"):
        return _Inflater(16 + zlib.MAX_WBITS)
    if name == "deflate":
        return _Inflater(zlib.MAX_WBITS)
    if "," in name:
        raise BadBody(f"it is compressed several times (Content-Encoding: {name[:60]})")
    raise BadBody(f"nobody asked for Content-Encoding: {name[:60]}")


class _Inflater:
    """Unpacks one gzip or deflate stream piece by piece."""

    def __init__(self, window: int) -> None:
        self._stream = zlib.decompressobj(window)
        self._may_be_bare = window == zlib.MAX_WBITS

    def unpacked(self, piece: bytes, most: int) -> bytes:
        """The next bytes, at most ``most``; what follows the end of the stream is left out. Raises BadBody."""
        if self._stream.eof:
            return b""
        data = self._stream.unconsumed_tail + piece
        try:
            unpacked = self._stream.decompress(data, most)
        except zlib.error:
            if not self._may_be_bare:
                raise BadBody("it is not what its Content-Encoding says") from None
            # Some servers mean “deflate” without the head of zlib.
            self._may_be_bare = False
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            return self.unpacked(data, most)
        self._may_be_bare = False
        return unpacked
