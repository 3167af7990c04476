"""Bodies that servers send: what they unpack to, how long they are and how long they take is looked at on the way."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
from collections.abc import Iterable, Iterator

import httpx
import pytest

from otasite.hosting.bounded import BadBody, whole_body

LIMIT = 2**20


class Stream(httpx.SyncByteStream):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def response(pieces: Iterable[bytes], encoding: str = "") -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Stream(pieces))


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_is_read_whole(encoding: str) -> None:
    data = b"words " * 1000
    sent = gzip.compress(data) if encoding else data
    assert whole_body(response([sent[:50], sent[50:]], encoding), LIMIT) == data


@pytest.mark.parametrize(
    ("pieces", "encoding", "words"),
    [
        (itertools.repeat(bytes(1000)), "", "more than 1,048,576 bytes"),
        (itertools.chain([gzip.compress(b"")], itertools.repeat(bytes(1000))), "gzip", "more than"),
        ([gzip.compress(bytes(20 * 2**20))], "gzip", "more than 1,048,576 bytes"),
        ([gzip.compress(gzip.compress(bytes(2**20)))], "gzip, gzip", "compressed several times"),
        ([b"x"], "br", "nobody asked for Content-Encoding: br"),
        ([b"no gzip at all"], "gzip", "not what its Content-Encoding says"),
    ],
)
def test_a_body_that_is_too_much_is_given_up(pieces: Iterable[bytes], encoding: str, words: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(BadBody, match=words):
            whole_body(response(pieces, encoding), LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 8 * LIMIT
    finally:
        tracemalloc.stop()


def test_a_body_that_drips_is_given_up() -> None:
    with pytest.raises(BadBody, match="has not come within 0 seconds"):
        whole_body(response(itertools.repeat(b"x")), LIMIT, 0.0)
