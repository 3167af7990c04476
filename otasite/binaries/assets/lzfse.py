"""LZFSE, Apple's general packing: what asset catalogues keep their pictures in. Unpacked here, within bounds.

A stream is a row of blocks: plain bytes, LZVN, or LZFSE proper, where literals and then the lengths and distances
of matches are coded by finite state entropy. Apple documents it by its reference implementation
(``lzfse_internal.h`` and ``lzfse_decode_base.c`` of the lzfse project). Libraries exist, but for some platforms only,
and they unpack whatever the data asks for; here each block is held to the length that it states *while* it unpacks.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate

import msgspec

from otasite.binaries.assets import lzvn
from otasite.binaries.budget import Budget
from otasite.binaries.unreadable import Unreadable

#: For each state: bits to read for the next state, what to add to them, and the symbol.
SymbolTable = list[tuple[int, int, int]]
#: For each state: bits to read in all, how many of them (the lowest) belong to the value, what to add to the rest
#: for the next state, and what to add to the value.
ValueTable = list[tuple[int, int, int, int]]

_REFILL = 7  # bytes


def symbol_table(frequencies: Sequence[int], states: int) -> SymbolTable:
    """The states of a coder for symbols; a power of two of them. Fewer when the frequencies say so."""
    if sum(frequencies) > states:
        raise Unreadable("its LZFSE tables are damaged")
    table: SymbolTable = []
    for symbol, frequency in enumerate(frequencies):
        if not frequency:
            continue
        bits = states.bit_length() - frequency.bit_length()
        longer = (2 * states >> bits) - frequency
        for index in range(frequency):
            if index < longer:
                table.append((bits, (frequency + index << bits) - states, symbol))
            else:
                table.append((bits - 1, index - longer << bits - 1, symbol))
    return table


def value_table(
    frequencies: Sequence[int], states: int, extra_bits: Sequence[int], bases: Sequence[int]
) -> ValueTable:
    """The states of a coder for numbers: a symbol stands for a base, to which extra bits are added."""
    return [
        (bits + extra_bits[symbol], extra_bits[symbol], delta, bases[symbol])
        for bits, delta, symbol in symbol_table(frequencies, states)
    ]


class Bits:
    """Bits of ``data``, the last first. ``unused`` is how many of the last byte's bits (0 to 7) do not count."""

    def __init__(self, data: bytes, unused: int) -> None:
        self._data = data
        self._at = max(len(data) - 1, 0)
        self._held = len(data[self._at :]) * 8 - unused
        self._bits = int.from_bytes(data[self._at :], "little")
        if self._held < 0 or self._bits >> self._held:
            raise Unreadable("its LZFSE data is damaged")

    def symbols(self, table: SymbolTable, states: Sequence[int], count: int) -> bytearray:
        """``count`` symbols, taken in turn from coders that start in ``states``."""
        found = bytearray(count)
        current = list(states)
        turns = len(current)
        data, at, held, bits = self._data, self._at, self._held, self._bits
        for start in range(0, count, turns):
            if held < 40:
                taken = data[max(at - _REFILL, 0) : at]
                at -= len(taken)
                held += 8 * len(taken)
                bits = bits << 8 * len(taken) | int.from_bytes(taken, "little")
            for turn in range(min(turns, count - start)):
                need, delta, found[start + turn] = table[current[turn]]
                held -= need
                if held < 0:
                    raise Unreadable("its LZFSE data ends too early")
                current[turn] = delta + (bits >> held)
                bits &= (1 << held) - 1
        return found

    def values(self, table: ValueTable, state: int) -> tuple[int, int]:
        """The value of a state, and the state after it."""
        need, extra, delta, base = table[state]
        held = self._held - need
        if held < 0:
            taken = self._data[max(self._at - _REFILL, 0) : self._at]
            self._at -= len(taken)
            held += 8 * len(taken)
            self._bits = self._bits << 8 * len(taken) | int.from_bytes(taken, "little")
            if held < 0:
                raise Unreadable("its LZFSE data ends too early")
        both = self._bits >> held
        self._bits &= (1 << held) - 1
        self._held = held
        return base + (both & (1 << extra) - 1), delta + (both >> extra)


_END, _RAW, _LZVN = b"bvx$", b"bvx-", b"bvxn"
_PLAIN_TABLES, _PACKED_TABLES = b"bvx1", b"bvx2"
_PLAIN_HEADER_BYTES, _PACKED_HEADER_BYTES = 772, 32

_LENGTH_EXTRA = (*[0] * 16, 2, 3, 5, 8)
_MATCH_EXTRA = (*[0] * 16, 3, 5, 8, 11)
_DISTANCE_EXTRA = tuple(bits for bits in range(16) for _ in range(4))
_STATES = (64, 64, 256, 1024)  # of the coders of literal lengths, match lengths, distances, and literals
_SYMBOLS = (20, 20, 64, 256)
_MAX_LITERALS, _MAX_MATCHES = 40_000, 10_000  # of one block
#: Steps for the tables of small streams, on top of two for each byte of output.
_FREE_STEPS = 100_000


def _bases(extra: tuple[int, ...]) -> tuple[int, ...]:
    """The smallest value of each symbol: symbols cover the numbers from 0 up without gaps."""
    return tuple(accumulate((1 << bits for bits in extra[:-1]), initial=0))


_CODERS = tuple((extra, _bases(extra)) for extra in (_LENGTH_EXTRA, _MATCH_EXTRA, _DISTANCE_EXTRA))


class _Block(msgspec.Struct, frozen=True):
    """What the header of a block says. ``tables`` are frequencies: lengths, matches, distances, literals."""

    raw: int
    literals: int
    matches: int
    literal_bytes: int
    match_bytes: int
    literal_unused: int
    match_unused: int
    literal_states: tuple[int, ...]
    match_states: tuple[int, ...]
    tables: tuple[tuple[int, ...], ...]
    header_bytes: int


def unpack(data: bytes, limit: int, budget: Budget) -> bytes:
    """Unpack an LZFSE stream to at most ``limit`` bytes. Raises Unreadable."""
    work = budget.part(output=limit, steps=_FREE_STEPS + 2 * limit)
    out = bytearray()
    at = 0
    while (magic := data[at : at + 4]) != _END:
        try:
            at += _block(out, data, at, magic, work)
        except (struct.error, IndexError):
            raise Unreadable("its LZFSE data ends too early") from None
    return bytes(out)


def is_stream(data: bytes) -> bool:
    return data[:4] in {_RAW, _LZVN, _PLAIN_TABLES, _PACKED_TABLES}


def _block(out: bytearray, data: bytes, at: int, magic: bytes, work: Budget) -> int:
    """Unpack the block at ``at`` and say how many bytes of the stream it has."""
    if magic not in {_RAW, _LZVN, _PLAIN_TABLES, _PACKED_TABLES}:
        raise Unreadable("its LZFSE data ends too early" if len(magic) < 4 else "it is no LZFSE data")
    raw = int(struct.unpack_from("<I", data, at + 4)[0])
    work.spend_output(raw)
    if magic == _RAW:
        plain = data[at + 8 : at + 8 + raw]
        if len(plain) != raw:
            raise Unreadable("its LZFSE data ends too early")
        out += plain
        return 8 + raw
    if magic == _LZVN:
        length = int(struct.unpack_from("<I", data, at + 8)[0])
        end = len(out) + raw
        lzvn.unpack_into(out, data[at + 12 : at + 12 + length], raw, work)
        if len(out) != end:
            raise Unreadable("its LZVN data does not have the length that it states")
        return 12 + length
    block = _packed_header(data, at) if magic == _PACKED_TABLES else _plain_header(data, at)
    work.spend_steps(sum(_STATES) + block.literals + block.matches)
    start, length = at + block.header_bytes, block.literal_bytes + block.match_bytes
    payload = data[start : start + length]
    if len(payload) != length:
        raise Unreadable("its LZFSE data ends too early")
    _unpack_block(out, block, payload)
    return block.header_bytes + length


def _plain_header(data: bytes, at: int) -> _Block:
    raw, _, literals, matches, literal_bytes, match_bytes = struct.unpack_from("<6I", data, at + 4)
    literal_unused, *literal_states, match_unused = struct.unpack_from("<i4Hi", data, at + 28)
    match_states = struct.unpack_from("<3H", data, at + 44)
    frequencies = struct.unpack_from(f"<{sum(_SYMBOLS)}H", data, at + 50)
    return _checked(
        _Block(
            raw, literals, matches, literal_bytes, match_bytes, -literal_unused, -match_unused,
            tuple(literal_states), match_states, _cut(frequencies), _PLAIN_HEADER_BYTES,
        )
    )  # fmt: skip


def _packed_header(data: bytes, at: int) -> _Block:
    raw, first, second, third = struct.unpack_from("<IQQQ", data, at + 4)
    header_bytes = third & 0xFFFFFFFF
    return _checked(
        _Block(
            raw=raw,
            literals=first & 0xFFFFF,
            literal_bytes=first >> 20 & 0xFFFFF,
            matches=first >> 40 & 0xFFFFF,
            literal_unused=7 - (first >> 60 & 7),
            literal_states=tuple(second >> shift & 0x3FF for shift in (0, 10, 20, 30)),
            match_bytes=second >> 40 & 0xFFFFF,
            match_unused=7 - (second >> 60 & 7),
            match_states=tuple(third >> shift & 0x3FF for shift in (32, 42, 52)),
            tables=_packed_tables(data[at + _PACKED_HEADER_BYTES : at + header_bytes]),
            header_bytes=header_bytes,
        )
    )


def _checked(block: _Block) -> _Block:
    """Literals come in fours, and each match or run of literals makes at least a byte."""
    if (
        block.literals > min(_MAX_LITERALS, block.raw + 3)
        or block.matches > min(_MAX_MATCHES, block.raw)
        or block.header_bytes < _PACKED_HEADER_BYTES
        or not 0 <= block.literal_unused <= 7
        or not 0 <= block.match_unused <= 7
    ):
        raise Unreadable("its LZFSE data has an impossible block")
    return block


def _packed_tables(data: bytes) -> tuple[tuple[int, ...], ...]:
    """Frequencies in a code of 2 to 14 bits, lowest bits first; none at all where a header has no tables."""
    count = sum(_SYMBOLS)
    if not data:
        return _cut((0,) * count)
    if len(data) > count * 2:
        raise Unreadable("its LZFSE tables are damaged")
    bits, left = int.from_bytes(data, "little"), len(data) * 8
    frequencies = []
    for _ in range(count):
        value, used = _frequency(bits & 0x3FFF)
        frequencies.append(value)
        bits >>= used
        left -= used
    if not 0 <= left < 8:
        raise Unreadable("its LZFSE tables are damaged")
    return _cut(tuple(frequencies))


def _frequency(bits: int) -> tuple[int, int]:
    """A frequency and how many bits stand for it: the lowest ones say which form it has."""
    if bits & 1 == 0:
        return (bits >> 1 & 1), 2
    if bits & 2 == 0:
        return 2 + (bits >> 2 & 1), 3
    if bits & 4 == 0:
        return 4 + (bits >> 3 & 3), 5
    if bits & 8 == 0:
        return 8 + (bits >> 4 & 0xF), 8
    return 24 + (bits >> 4 & 0x3FF), 14


def _cut(frequencies: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    starts = accumulate(_SYMBOLS, initial=0)
    return tuple(frequencies[start : start + count] for start, count in zip(starts, _SYMBOLS, strict=False))


def _unpack_block(out: bytearray, block: _Block, payload: bytes) -> None:
    """Append a block: take literals and copy matches as its second stream says. Nothing beyond its stated length."""
    coded, end = Bits(payload[: block.literal_bytes], block.literal_unused), len(out) + block.raw
    table = symbol_table(block.tables[3], _STATES[3])
    literals = coded.symbols(table, block.literal_states, block.literals)
    bits = Bits(payload[block.literal_bytes :], block.match_unused)
    lengths, matches, distances = (
        value_table(block.tables[index], _STATES[index], *_CODERS[index]) for index in range(3)
    )
    length_state, match_state, distance_state = block.match_states
    taken = distance = 0
    for _ in range(block.matches):
        length, length_state = bits.values(lengths, length_state)
        match, match_state = bits.values(matches, match_state)
        new, distance_state = bits.values(distances, distance_state)
        distance = new or distance
        if len(out) + length + match > end or taken + length > len(literals):
            raise Unreadable("its LZFSE data does not have the length that it states")
        out += literals[taken : taken + length]
        taken += length
        if match:
            lzvn.copy_match(out, distance, match)
    if len(out) != end:
        raise Unreadable("its LZFSE data does not have the length that it states")
