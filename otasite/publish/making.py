"""Making one unit's files: what changed is rendered into the staging folder, and what became of it is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec

from otasite.hosts.limits import file_problems
from otasite.problems import Findings, Location, ProblemsFound
from otasite.publish.effort import Effort
from otasite.publish.output import Output, Staged, Written
from otasite.publish.state import Unit
from otasite.site.artifacts import Artifact
from otasite.site.clashes import clash_problems
from otasite.workshop.assembly import Assembly

#: A template with a mistake fails on every page: this many of its pages are reported, then its unit is given up.
MAX_FAILURES = 20
#: Files after which those who wait hear of it: a twentieth of a second's work.
FILES_PER_STEP = 200


class Done(msgspec.Struct, kw_only=True):
    """What came of one unit: its record, and the files that wait in the staging folder."""

    name: str
    unit: Unit
    staged: tuple[Staged, ...] = ()
    effort: Effort
    #: Files of earlier builds that could not be used.
    unusable: tuple[str, ...] = ()


class Share:
    """One unit's share of the work of a whole build; tells by how much more it is done."""

    def __init__(self, size: int, tell: Callable[[int], None]) -> None:
        self._size = size
        self._tell = tell
        self._told = 0

    def reach(self, done: int, total: int) -> None:
        more = self._size * done // total - self._told
        if more:
            self._told += more
            self._tell(more)


class Maker:
    """Makes the files of units of one run; works in the parent and in workers alike."""

    def __init__(self, assembly: Assembly, output: Output) -> None:
        self.assembly = assembly
        self.output = output

    def make(
        self,
        done: Done,
        artifacts: tuple[Artifact, ...],
        before: Unit | None,
        findings: Findings,
        taken: Mapping[str, str] | None = None,
        share: Share | None = None,
    ) -> None:
        """Render and stage what changed; record everything. ``taken`` are paths of other units, by unit."""
        problems = list(clash_problems(artifacts, taken))
        if problems:
            findings.extend(problems)
            return
        outputs = before.outputs if before is not None else {}
        staged: list[Staged] = []
        pages: list[tuple[float, str]] = []
        failures = 0
        for number, artifact in enumerate(artifacts):
            if share and number % FILES_PER_STEP == 0:
                share.reach(number, len(artifacts))
            fingerprint = self.assembly.fingerprint(artifact)
            written = outputs.get(artifact.path)
            if (
                written is not None
                and written.fingerprint == fingerprint
                and self.output.is_as_written(artifact.path, written)
            ):
                self._keep_file(done, artifact, written, findings)
                continue
            started = time.perf_counter()
            try:
                written, is_staged = self.output.put(artifact, fingerprint)
            except ProblemsFound as error:
                findings.extend(error.problems)
                failures += 1
                if failures == MAX_FAILURES:
                    break
                continue
            done.effort.rendered += 1
            if artifact.themed:
                pages.append((time.perf_counter() - started, artifact.path))
            self._keep_file(done, artifact, written, findings)
            if is_staged:
                staged.append(Staged(artifact.path, artifact.kind))
                done.effort.written_bytes += written.size
        done.effort.note_pages(pages)
        done.staged = tuple(staged)

    def _keep_file(self, done: Done, artifact: Artifact, written: Written, findings: Findings) -> None:
        done.unit.outputs[artifact.path] = written
        hosts = self.assembly.site.hosting
        if hosts and artifact.kind != "binary":  # those are judged where the catalogue names them
            findings.extend(file_problems(hosts, written.size, Location(artifact.source)))
