"""Finite state entropy coding as LZFSE uses it: tables from frequencies, and a stream of bits read from its end.

Apple documents it by its reference implementation (``lzfse_fse.h`` of the lzfse project).
"""

from __future__ import annotations

from collections.abc import Sequence

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
