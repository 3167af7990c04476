"""LZFSE and LZVN: what the usual encoder makes, what any encoder could make, and what nobody should believe."""

from __future__ import annotations

import base64
import random
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otasite.binaries.assets import lzfse, lzvn
from otasite.binaries.budget import Budget, OverBudget
from otasite.binaries.unreadable import Unreadable
from tests.binaries.assets import lzfse_encoder as encoder
from tests.binaries.assets.lzfse_encoder import MAX_DISTANCE, MAX_LITERALS, MAX_MATCH, Operation

#: Made by Apple's reference implementation.
BY_APPLE_LZVN = (
    "Vs?0LL<0Z-9RUCUXaNB5|L_FoZ**aEX>?^c2k`gc@Bje<0|W&I2M7rY3k(eo4-gR&6BHE|7Z@2D8yp=TA0QzjBP1mzCnzZ@D=aN8FEBAOGc+|e"
    "H#j*uJ3Ku;KR`i3LqtVJM@UIZOH55pPf$@(Q&d$}S6EqETU=dUUtnQkV`OD!XJ~0^Yiw<9Z*XyPb98lfcX)YvdwhL<e}I94gM@{Khlq)ai;Rtq"
    "kC2g)la!T~mzbHFo1C4VpP-?lqok##r>Lo_tE{cAuduPQv$VCgx45~wyS%-=zrex5!^FkL$H>Xb%goKr&(P7*)6~`0*Vx(G+uYsW-{9fm<K*S$"
    "=jiF`>+J3B@9^>R^Yr!h_xSnx`~3a>{{{d6000000AhA{Bm"
)
BY_APPLE_LZFSE = (
    "Vs>~kh!X$+1ONa400aPV0000001f~^g#Z8mBhUa0kH8^^00000hX4Qo031F7kIJI}0000000000000000000000000000000000000000000000"
    "0000000000FOQZ000000000000000000000000000000000000000000000000000N@S(hyMd&c6cN"
)


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        (BY_APPLE_LZVN, bytes(300) + b"otasite" * 40 + bytes(range(256))),
        (BY_APPLE_LZFSE, b"x" * 5000),
    ],
    ids=["LZVN", "LZFSE"],
)
def test_what_the_reference_implementation_packs_is_unpacked(packed: str, plain: bytes) -> None:
    assert lzfse.unpack(base64.b85decode(packed), len(plain), Budget()) == plain


@st.composite
def blocks(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A stream of blocks of all kinds with arbitrary operations, and what it unpacks to."""
    plain, stream = b"", b""
    for kind in draw(st.lists(st.sampled_from(["raw", "lzvn", "plain tables", "packed tables"]), max_size=4)):
        if kind == "raw":
            part = draw(st.binary(max_size=50))
            plain, stream = plain + part, stream + encoder.raw_block(part)
            continue
        rows = draw(rows_after(len(plain), 0xFFFF if kind == "lzvn" else MAX_DISTANCE))
        plain += encoder.unpacked(rows, plain)
        if kind == "lzvn":
            stream += encoder.lzvn_block(rows)
        else:
            stream += encoder.block(rows, plain_tables=kind == "plain tables")
    return plain, stream + b"bvx$"


@st.composite
def rows_after(draw: st.DrawFn, made: int, farthest: int) -> list[Operation]:
    source = random.Random(draw(st.integers(0, 2**32)))
    rows, previous = [], 0
    for _ in range(draw(st.integers(1, 30))):
        literals = source.randbytes(draw(st.sampled_from([0, 1, 2, 3, 4, 15, 16, 60, MAX_LITERALS])))
        match = draw(st.sampled_from([0, 3, 4, 10, 11, 34, 35, 271, 300, MAX_MATCH]))
        if made + len(literals) == 0 or not (literals or match):
            literals = b"x"
        made += len(literals)
        distance = 0
        if match and not (previous and draw(st.booleans())):
            distance = min(made, farthest, draw(st.sampled_from([1, 2, 7, 0x5FF, 0x600, 0x3FFF, 0x4000, made])))
            previous = distance
        rows.append(Operation(literals, match, distance))
        made += match
    return rows


@pytest.mark.slow
@given(blocks())
def test_every_block_that_can_be_written_is_read(made: tuple[bytes, bytes]) -> None:
    plain, stream = made
    assert lzfse.unpack(stream, len(plain), Budget()) == plain


@given(st.binary(max_size=3000))
def test_plain_bytes_come_back(plain: bytes) -> None:
    assert lzfse.unpack(encoder.compress(plain), len(plain), Budget()) == plain
    if plain:
        bare = encoder.lzvn(encoder.operations(plain))
        assert lzvn.unpack(bare, len(plain), Budget()) == plain


@given(st.binary(max_size=200), st.sampled_from([b"bvx-", b"bvxn", b"bvx1", b"bvx2", b""]))
def test_arbitrary_bytes_are_refused_within_bounds(junk: bytes, magic: bytes) -> None:
    with suppress(Unreadable):
        assert len(lzfse.unpack(magic + junk, 1000, Budget())) <= 1000


@given(blocks(), st.data())
def test_damage_never_makes_more_than_allowed(made: tuple[bytes, bytes], data: st.DataObject) -> None:
    plain, stream = made
    damaged = bytearray(stream)
    for at in data.draw(st.lists(st.integers(0, len(stream) - 1), min_size=1, max_size=4)):
        damaged[at] = data.draw(st.integers(0, 255))
    with suppress(Unreadable):
        assert len(lzfse.unpack(bytes(damaged), len(plain), Budget())) <= len(plain)


def claiming(length: int, block: bytes) -> bytes:
    """The block with another unpacked length in its header."""
    return block[:4] + struct.pack("<I", length) + block[8:] + b"bvx$"


LONG = [Operation(b"x", MAX_MATCH, 1)] + [Operation(b"", MAX_MATCH)] * 4000


@pytest.mark.parametrize(
    "block",
    [encoder.block(LONG), encoder.block(LONG, plain_tables=True), encoder.lzvn_block(LONG)],
    ids=["bvx2", "bvx1", "bvxn"],
)
def test_a_stream_that_says_three_bytes_gives_no_more(block: bytes) -> None:
    with pytest.raises(Unreadable):
        lzfse.unpack(claiming(3, block), 2**22, Budget())


def test_a_stream_that_says_too_much_is_not_begun() -> None:
    stream = encoder.block(LONG) + b"bvx$"
    with pytest.raises(OverBudget, match="more than 1,000 bytes"):
        lzfse.unpack(stream, 1000, Budget())


def test_what_a_stream_unpacks_to_counts_for_all_that_share_a_budget() -> None:
    budget = Budget(output=150)
    stream = encoder.compress(bytes(100))
    assert lzfse.unpack(stream, 100, budget) == bytes(100)
    with pytest.raises(OverBudget, match="more than 150 bytes"):
        lzfse.unpack(stream, 100, budget)


def test_blocks_that_make_nothing_come_to_an_end() -> None:
    empty = b"bvx2" + struct.pack("<IQQQ", 0, 7 << 60, 7 << 60, 32)
    with pytest.raises(OverBudget, match="steps"):
        lzfse.unpack(empty * 1000 + b"bvx$", 100, Budget())
    nothing = b"bvxn" + struct.pack("<II", 0, 600_001) + b"\x0e" * 600_000 + b"\x06"
    with pytest.raises(OverBudget, match="steps"):
        lzfse.unpack(nothing + b"bvx$", 100, Budget())


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"", "ends too early"),
        (b"bvx-", "ends too early"),
        (b"bvx-\x05\0\0\0abc", "ends too early"),
        (b"junk" * 9, "no LZFSE"),
        (b"bvxn" + struct.pack("<II", 9, 2) + b"\xe1a", "ends too early"),
        (b"bvxn" + struct.pack("<II", 9, 2) + b"\x70a\x06", "undefined"),
        (b"bvxn" + struct.pack("<II", 9, 2) + b"\xf9\x06", "before its start"),
        (b"bvxn" + struct.pack("<II", 9, 3) + b"\xe1a\x06", "length that it states"),
        (encoder.block([Operation(b"abc")])[:-3], "ends too early"),
        (claiming(4, encoder.block([Operation(b"abc")])), "length that it states"),
        (encoder.block([Operation(b"abc", 5, 60)]) + b"bvx$", "before its start"),
    ],
)
def test_damage_is_said(stream: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        lzfse.unpack(stream, 1000, Budget())
