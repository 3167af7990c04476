"""Packs LZFSE and LZVN for tests: every kind of block, from operations or from plain bytes.

Written apart from the decoder, after the same description of the format, and favours plainness over good packing.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_EXTRA = (
    [0] * 16 + [2, 3, 5, 8],
    [0] * 16 + [3, 5, 8, 11],
    [bits for bits in range(16) for _ in range(4)],
)
_STATES = (64, 64, 256, 1024)
#: The largest numbers the coders know.
MAX_LITERALS, MAX_MATCH, MAX_DISTANCE = 315, 2359, 262_139


@dataclass(frozen=True)
class Operation:
    """Take literals, then copy ``match`` bytes from ``distance`` back; distance 0 is that of the operation before."""

    literals: bytes
    match: int = 0
    distance: int = 0


def unpacked(operations: Iterable[Operation], before: bytes = b"") -> bytes:
    """What the operations make, byte by byte."""
    out = bytearray(before)
    distance = 0
    for operation in operations:
        out += operation.literals
        distance = operation.distance or distance
        for _ in range(operation.match):
            out.append(out[-distance])
    return bytes(out[len(before) :])


def operations(data: bytes) -> Iterator[Operation]:
    """Greedy matches of four bytes and more, within what LZFSE can say."""
    seen: dict[bytes, int] = {}
    start = at = 0
    while at < len(data):
        key = data[at : at + 4]
        before = seen.get(key)
        seen[key] = at
        if before is None or len(key) < 4 or at - before > 60_000:
            at += 1
            if at - start == 200:
                yield Operation(data[start:at])
                start = at
            continue
        length = 4
        while length < 2000 and at + length < len(data) and data[before + length] == data[at + length]:
            length += 1
        yield Operation(data[start:at], length, at - before)
        at += length
        start = at
    if start < len(data):
        yield Operation(data[start:])


def compress(data: bytes) -> bytes:
    """A whole stream of ``bvx2`` blocks, as the usual encoder makes them."""
    if not data:
        return raw_block(b"") + b"bvx$"
    rows = list(operations(data))
    blocks, at = [], 0
    while at < len(rows):
        part = rows[at : at + 500]
        blocks.append(block(part))
        at += 500
    return b"".join(blocks) + b"bvx$"


def raw_block(data: bytes) -> bytes:
    return b"bvx-" + struct.pack("<I", len(data)) + data


def lzvn_block(rows: Sequence[Operation]) -> bytes:
    payload = lzvn(rows)
    return b"bvxn" + struct.pack("<II", _length(rows), len(payload)) + payload


def block(rows: Sequence[Operation], *, plain_tables: bool = False) -> bytes:
    """A ``bvx2`` block, or a ``bvx1`` block with its tables unpacked. At most 10,000 operations."""
    literals = b"".join(row.literals for row in rows)
    literals += bytes(-len(literals) % 4)
    columns: list[list[int]] = [
        [len(row.literals) for row in rows],
        [row.match for row in rows],
        # The usual decoder refuses a block whose first distance is “the one before”, even when it copies nothing.
        [rows[0].distance or 1, *(row.distance for row in rows[1:])],
    ]
    coded = [[_symbol(value, _EXTRA[index]) for value in column] for index, column in enumerate(columns)]
    tables = [_frequencies([s for s, _, _ in part], len(_EXTRA[i]), _STATES[i]) for i, part in enumerate(coded)]
    tables.append(_frequencies(literals, 256, 1024))
    literal_payload, literal_states, literal_unused = _encoded(
        [[(value, 0, 0) for value in literals[turn::4]] for turn in range(4)], [tables[3]] * 4, [1024] * 4
    )
    match_payload, match_states, match_unused = _encoded(coded, tables[:3], _STATES[:3])
    sizes = (_length(rows), len(literals), len(rows), len(literal_payload), len(match_payload))
    header = _plain_header if plain_tables else _packed_header
    return (
        header(sizes, (literal_states, match_states), (literal_unused, match_unused), [n for t in tables for n in t])
        + literal_payload
        + match_payload
    )


def lzvn(rows: Iterable[Operation]) -> bytes:
    """Each operation in the shortest form that fits, then the end mark."""
    out = bytearray()
    previous = 0
    for row in rows:
        literals, distance = row.literals, row.distance or previous
        while len(literals) > (3 if row.match else 0):
            part = literals[:271]
            out += bytes([0xE0 | len(part)]) if len(part) < 16 else bytes([0xE0, len(part) - 16])
            out += part
            literals = literals[len(part) :]
        if row.match:
            _lzvn_match(out, literals, row.match, distance, distance == previous)
            previous = distance
    return bytes(out) + b"\x06" + bytes(7)


def _lzvn_match(out: bytearray, literals: bytes, match: int, distance: int, same: bool) -> None:
    count = len(literals)
    first = min(match, (10, 8, 6, 4)[count])
    assert match >= 3
    if same and count:
        out += bytes([count << 6 | first - 3 << 3 | 6])
    elif same:
        first = 0
    elif distance < 0x600:
        out += bytes([count << 6 | first - 3 << 3 | distance >> 8, distance & 0xFF])
    elif distance < 0x4000:
        first = min(match, 34)
        out += bytes([0xA0 | count << 3 | first - 3 >> 2])
        out += struct.pack("<H", distance << 2 | first - 3 & 3)
    else:
        out += bytes([count << 6 | first - 3 << 3 | 7]) + struct.pack("<H", distance)
    out += literals
    left = match - first
    while left:
        part = min(left, 271)
        out += bytes([0xF0 | part]) if part < 16 else bytes([0xF0, part - 16])
        left -= part


def _length(rows: Iterable[Operation]) -> int:
    return sum(len(row.literals) + row.match for row in rows)


def _symbol(value: int, extra: Sequence[int]) -> tuple[int, int, int]:
    """The symbol for a number, its extra bits and how many they are."""
    base = 0
    for symbol, bits in enumerate(extra):
        if value < base + (1 << bits):
            return symbol, value - base, bits
        base += 1 << bits
    raise AssertionError(value)


def _frequencies(symbols: Iterable[int], count: int, states: int) -> list[int]:
    """A share of the states for every symbol in use; the most frequent one gets what is left."""
    counts = Counter(symbols) or Counter({0: 1})
    total = sum(counts.values())
    shares = {symbol: max(1, number * (states - len(counts)) // total) for symbol, number in counts.items()}
    most = max(shares, key=lambda symbol: shares[symbol])
    shares[most] += states - sum(shares.values())
    return [shares.get(symbol, 0) for symbol in range(count)]


def _encoded(
    columns: Sequence[Sequence[tuple[int, int, int]]], tables: Sequence[Sequence[int]], states: Sequence[int]
) -> tuple[bytes, list[int], int]:
    """Rows of symbols, one of each coder in turn, from the last to the first; then first states and unused bits."""
    steps = [_steps(table, count) for table, count in zip(tables, states, strict=True)]
    current = [0] * len(columns)
    bits, used = 0, 0
    for row in reversed(list(zip(*columns, strict=True))):
        for turn in reversed(range(len(columns))):
            symbol, extra, extra_bits = row[turn]
            bits, used = bits | extra << used, used + extra_bits
            for state, need, delta in steps[turn][symbol]:
                if delta <= current[turn] < delta + (1 << need):
                    bits, used = bits | current[turn] - delta << used, used + need
                    current[turn] = state
                    break
    # Eight bytes of padding in front: the usual decoder reads ahead of itself.
    return bytes(8) + bits.to_bytes((used + 7) // 8, "little"), current, -used % 8


def _steps(frequencies: Sequence[int], states: int) -> dict[int, list[tuple[int, int, int]]]:
    """For each symbol its states, with how many bits lead on from each and to which states at least."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    state = 0
    for symbol, frequency in enumerate(frequencies):
        for index in range(frequency):
            numerator = frequency + index  # numbers from f to 2f − 1, scaled up to at least the number of states
            need = 0
            while numerator << need < states:
                need += 1
            found.setdefault(symbol, []).append((state, need, (numerator << need) - states))
            state += 1
    return found


def _packed_header(
    sizes: tuple[int, ...], states: tuple[list[int], list[int]], unused: tuple[int, int], tables: list[int]
) -> bytes:
    raw, literals, matches, literal_bytes, match_bytes = sizes
    bits, used = 0, 0
    for frequency in tables:
        code, length = _frequency_code(frequency)
        bits, used = bits | code << used, used + length
    packed = bits.to_bytes((used + 7) // 8, "little")
    first = literals | literal_bytes << 20 | matches << 40 | (7 - unused[0]) << 60
    second = sum(state << 10 * index for index, state in enumerate(states[0]))
    second |= match_bytes << 40 | (7 - unused[1]) << 60
    third = 32 + len(packed) | states[1][0] << 32 | states[1][1] << 42 | states[1][2] << 52
    return b"bvx2" + struct.pack("<IQQQ", raw, first, second, third) + packed


def _plain_header(
    sizes: tuple[int, ...], states: tuple[list[int], list[int]], unused: tuple[int, int], tables: list[int]
) -> bytes:
    raw, literals, matches, literal_bytes, match_bytes = sizes
    head = struct.pack("<6I", raw, literal_bytes + match_bytes, literals, matches, literal_bytes, match_bytes)
    head += struct.pack("<i4Hi3H", -unused[0], *states[0], -unused[1], *states[1])
    return (b"bvx1" + head + struct.pack("<360H", *tables)).ljust(772, b"\0")


def _frequency_code(frequency: int) -> tuple[int, int]:
    """A frequency in 2, 3, 5, 8 or 14 bits, lowest first."""
    if frequency < 2:
        return frequency << 1, 2
    if frequency < 4:
        return 0b001 | frequency - 2 << 2, 3
    if frequency < 8:
        return 0b0011 | frequency - 4 << 3, 5
    if frequency < 24:
        return 0b0111 | frequency - 8 << 4, 8
    return 0b1111 | frequency - 24 << 4, 14
