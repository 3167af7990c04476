"""What a build reports, while it works and afterwards: what it did, and what it cost."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from otasite.catalogue.files import Files
from otasite.catalogue.sources import Sources
from otasite.memory import notes_on
from otasite.problems import Findings, Problem, each_once
from otasite.site.addresses import OwnBinary
from otasite.site.reminders import Reminder, example_address, is_example, twin_problems
from otasite.site.selection import Ahead
from otasite.workshop.unit_memory import UnitMemory, UnitRecord
from otasite.workshop.workshop import Workshop

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


class Figures(msgspec.Struct, kw_only=True):
    """What is said of a build to people and to machines: meanings at :class:`Report`."""

    base_url: str = ""
    base_origin: str = ""
    apps: int = 0
    releases: int = 0
    files: int = 0
    bytes: int = 0
    written: int = 0
    removed: int = 0
    drafts: int = 0
    future: int = 0
    dropped: int = 0
    seconds: float = 0.0
    ahead: tuple[Ahead, ...] = ()
    notes: tuple[str, ...] = ()
    stages: dict[str, float] = {}


class Report(Figures, kw_only=True):
    """What a build did. Times are seconds; counts are files unless said otherwise; ``bytes`` is the size of dist/.

    ``drafts``, releases of the ``future`` and those beyond their channel's keep (``dropped``) were left out;
    ``ahead`` are the next releases of the future, at whose moments another build would show more.
    """

    out: Path
    loaded: int = 0
    effort: Effort
    problems: tuple[Problem, ...] = ()
    #: What is said each time, by the clock or of what may not be meant (:mod:`otasite.site.reminders`).
    reminders: tuple[Problem, ...] = ()
    #: Binaries that pages name outside the site: they have to be uploaded there before it.
    elsewhere: tuple[OwnBinary, ...] = ()
    private: int = 0  # binaries that can be fetched only at signed addresses


def report_on(
    workshop: Workshop,
    records: Mapping[str, UnitRecord],
    out: Path,
    *,
    effort: Effort,
    loaded: int,
    unusable: Iterable[str],
    started: float,
    written: int = 0,
    removed: int = 0,
    stages: dict[str, float] | None = None,
) -> Report:
    """The report on a run that left these records; ``started`` is its begin (:func:`time.perf_counter`)."""
    units = records.values()
    base = workshop.newest.base
    digests = [unit.digest for unit in units if unit.digest is not None]
    private = sum(unit.private for unit in units)
    notes = notes_on(workshop.memory, (*unusable, *workshop.memory.take_unusable()))
    return Report(
        out=out,
        base_url=base.url,
        base_origin=base.origin,
        apps=len(digests),
        releases=sum(digest.releases for digest in digests),
        files=sum(len(unit.outputs) for unit in units),
        bytes=sum(file.size for unit in units for file in unit.outputs.values()),
        written=written,
        removed=removed,
        effort=effort,
        loaded=loaded,
        drafts=sum(unit.drafts for unit in units),
        future=sum(unit.future for unit in units),
        ahead=tuple(sorted(each for unit in units for each in unit.ahead)),
        dropped=sum(unit.dropped for unit in units),
        seconds=time.perf_counter() - started,
        stages=stages or {},
        problems=each_once(problem for unit in units for problem in unit.problems),
        reminders=tuple(reminders(workshop, units)),
        notes=(*notes, *(_unsigned(private) if workshop.options.signer is None else ())),
        private=private,
        elsewhere=tuple(binary for unit in units for binary in unit.elsewhere),
    )


def reminders(workshop: Workshop, records: Iterable[UnitRecord]) -> Iterator[Problem]:
    """What is to be said of the project as it is now, each time."""
    records = tuple(records)
    assembly = workshop.newest
    now = assembly.context.choice.now.timestamp()
    if is_example(assembly.base.url):
        at = assembly.where("base_url") if assembly.base.origin == "site.yaml" else None
        yield example_address(f"the site's address “{assembly.base.url}”", at)
    files = Files(Sources(workshop.project.root), Findings())
    due = (each for record in records for each in record.reminders if each.moment <= now)
    for each in _examples_once(due):
        at = each.problem.location
        place = files.where(at.path)(*each.keys) if at is not None and each.keys else at
        yield msgspec.structs.replace(each.problem, location=place)
    yield from twin_problems(record.digest for record in records if record.digest is not None)


def _examples_once(due: Iterable[Reminder]) -> Iterator[Reminder]:
    """Of all addresses that are only examples the first one, with how many more there are."""
    examples: list[Reminder] = []
    for each in due:
        if each.problem.code == "example-address":
            examples.append(each)
        else:
            yield each
    for first in examples[:1]:
        more = len(examples) - 1
        also = "" if not more else f"; so {'is 1 more' if more == 1 else f'are {more:,} more'}"
        problem = msgspec.structs.replace(first.problem, message=first.problem.message + also)
        yield msgspec.structs.replace(first, problem=problem)


def _unsigned(private: int) -> Iterator[str]:
    """What to say when people will not be able to fetch private binaries."""
    if private:
        are = "1 binary is" if private == 1 else f"{private:,} binaries are"
        yield f"{are} in a private bucket: sign the addresses with --presign, or let “otasite deploy” do it"
