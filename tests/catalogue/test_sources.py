"""What is remembered of files: never longer than it is sure that they are as they were."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from otasite.catalogue.project import write_whole
from otasite.catalogue.sources import COARSE_TICK_NS, FINE_TICK_NS, Sources

NAME = "a.yaml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text("old")
    return path


def parsed(data: bytes, path: str) -> str:
    return data.decode()


def load(sources: Sources) -> None:
    sources.load(NAME, str, parsed)


def load_alone(sources: Sources) -> None:
    sources.load(NAME, str, parsed, remember=False)


def measure(sources: Sources) -> None:
    sources.measure(NAME, str, Path.read_text)


def read(sources: Sources) -> None:
    sources.read(NAME)


def look(sources: Sources) -> None:
    sources.stamp(NAME)


Way = Callable[[Sources], None]
WAYS = [load, load_alone, measure, read]


def wait_a_tick(file: Path) -> None:
    """Let so much time pass that nobody can have written the file again under the same time."""
    newest = max(file.stat().st_mtime_ns, file.stat().st_ctime_ns)
    tick = FINE_TICK_NS if newest % 1_000_000_000 else COARSE_TICK_NS
    while time.time_ns() <= newest + tick:
        time.sleep(0.01)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("later", [read, look])
def test_a_file_that_was_just_written_stays_in_doubt(file: Path, way: Way, later: Way) -> None:
    """It may be written again with the same size under the same time, however often it is looked at since."""
    ahead = time.time_ns() + 10**12
    os.utime(file, ns=(ahead, ahead))
    sources = Sources(file.parent)
    trace = sources.start_trace()
    way(sources)
    later(sources)
    assert not sources.holds(trace)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("later", [read, look])
def test_a_file_that_changed_while_it_was_looked_at_is_in_doubt(file: Path, way: Way, later: Way) -> None:
    """What was made of it comes from the old text, so that the new one's time must not stand for it."""
    wait_a_tick(file)
    sources = Sources(file.parent)
    trace = sources.start_trace()
    way(sources)
    file.write_text("changed")
    wait_a_tick(file)
    later(sources)
    assert not sources.holds(trace)
    for again in (load, measure):  # who takes it as it is now has no doubt
        again(sources)
        assert sources.holds(trace)


@pytest.mark.parametrize("later", [read, look])
@pytest.mark.parametrize("way", WAYS)
def test_a_file_that_nobody_writes_is_as_it_was(file: Path, way: Way, later: Way) -> None:
    wait_a_tick(file)
    sources = Sources(file.parent)
    trace = sources.start_trace()
    for each in (way, later, way):
        each(sources)
    assert sources.holds(trace)


def test_a_file_that_cannot_be_read_is_looked_at_again(tmp_path: Path) -> None:
    sources = Sources(tmp_path)
    trace = sources.start_trace()
    with pytest.raises(Exception, match="cannot be read"):
        read(sources)
    assert sources.holds(trace)
    (tmp_path / NAME).write_text("now")
    assert not sources.holds(trace)


# --- writing ------------------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    target = tmp_path / "a.yaml"
    target.write_bytes(b"old")
    target.chmod(0o600)
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_what_could_not_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(OSError):
        write_whole(tmp_path / "a.yaml", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]
