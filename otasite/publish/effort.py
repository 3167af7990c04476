"""What a build cost: how long pages took, how much was written, what earlier builds had remembered."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

import msgspec

from otasite.workshop.unit_memory import UnitMemory

#: How many of the slowest pages are told.
SLOWEST = 5


class Recall(msgspec.Struct, frozen=True, array_like=True):
    """How many results of a kind were remembered, and how many had to be made."""

    remembered: int = 0
    made: int = 0

    def __add__(self, other: Recall) -> Recall:
        return Recall(self.remembered + other.remembered, self.made + other.made)


class Effort(msgspec.Struct, kw_only=True):
    """What one unit cost, or a whole build. Times are seconds, sizes bytes."""

    rendered: int = 0
    written_bytes: int = 0
    #: The slowest pages and how long each took, slowest first.
    pages: tuple[tuple[float, str], ...] = ()
    #: By kind: parsed files, converted notes, QR codes.
    recalls: dict[str, Recall] = {}

    def note_pages(self, pages: Iterable[tuple[float, str]]) -> None:
        self.pages = tuple(heapq.nlargest(SLOWEST, pages))

    def note_recalls(self, memory: UnitMemory) -> None:
        sources, notes, made = memory.sources, memory.notes.results, memory.made
        self.recalls = {
            "parsed files": Recall(sources.recalled, sources.parsed),
            "notes": Recall(notes.recalled, notes.made),
            "QR codes": Recall(made.recalled, made.made),
        }


def total(efforts: Iterable[Effort]) -> Effort:
    """What several units cost together."""
    efforts = list(efforts)
    whole = Effort(
        rendered=sum(effort.rendered for effort in efforts),
        written_bytes=sum(effort.written_bytes for effort in efforts),
    )
    whole.note_pages(page for effort in efforts for page in effort.pages)
    for effort in efforts:
        for kind, recall in effort.recalls.items():
            whole.recalls[kind] = whole.recalls.get(kind, Recall()) + recall
    return whole
