"""A build that is killed, or runs out of disk, leaves a complete site, and the next build is right."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from otasite.problems import OtasiteError
from otasite.publish.making import FILES_WORTH_WORKERS
from otasite.publish.output import Output, Staged
from tests.projects import APP, SITE, Sandbox, example, own_binary

pytestmark = pytest.mark.slow

#: Random moments at which a build is killed; `make soak` uses the full number.
KILLS = 200 if os.environ.get("OTASITE_SOAK") == "1" else 12
#: A build that always ends before its kill, or that no signal ends, is a failure and not a reason to go on for ever.
ROUNDS = 10 + 10 * KILLS
#: Who is killed at them: by SIGKILL, but for an interrupt (Ctrl-C).
WHO = ["parent", "worker", "everyone", "interrupt"]

BASE = "https://apps.example.com/"


def named(path: str, data: bytes) -> Iterator[str]:
    """What a page or manifest names, as paths from the site's root."""
    text = data.decode(errors="replace")
    if path.endswith(".html"):
        for url in re.findall(r'(?:href|src)="([^"#?:]+)"', text):
            yield os.path.normpath(os.path.join(os.path.dirname(path), url))
        for url in re.findall(r'href="itms-services://[^"]*url=([^"&]+)"', text):
            yield unquote(url).removeprefix(BASE)
    elif path.endswith(".plist"):
        yield from re.findall(rf"<string>{BASE}([^<]+)</string>", text)


def assert_complete(sandbox: Sandbox) -> None:
    """Nothing that a visitor can reach from the index names a file that is not there."""
    files = sandbox.files()
    waiting, seen = ["index.html"], {"index.html"}
    while waiting:
        path = waiting.pop()
        for target in named(path, files[path]):
            found = target if target in files else os.path.normpath(f"{target}/index.html")
            assert found in files, f"{path} names {target}"
            if found not in seen:
                seen.add(found)
                waiting.append(found)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path / "project")
    sandbox.write("content/site.yaml", SITE + "outputs: [badges, management]\n")
    for number in range(20):
        sandbox.release("3.0", str(number), date="2026-05-03")
    return sandbox


def edit(sandbox: Sandbox, round_: int) -> None:
    """A change that touches many files: a release comes, one goes, a binary is replaced, a theme option changes."""
    sandbox.release("4.0", str(round_), date="2026-05-04")
    (sandbox.root / f"content/apps/notes/releases/4.0-{round_ - 1}.yaml").unlink(missing_ok=True)
    own_binary(sandbox, seed=round_, filler=20_000)
    sandbox.write("locales/en.po", f'msgid "help.title"\nmsgstr "Help {round_}"\n')


def start_build(sandbox: Sandbox) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "otasite", "build", "-C", str(sandbox.root), "--workers", "2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def children(process: subprocess.Popen[Any]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def kill(process: subprocess.Popen[bytes], who: str, chance: random.Random) -> None:
    workers = children(process) if who == "worker" else []
    with contextlib.suppress(ProcessLookupError):  # it was quicker
        if who == "everyone":
            os.killpg(process.pid, signal.SIGKILL)
        elif who == "worker" and workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
        elif who != "worker":
            process.send_signal(signal.SIGKILL if who == "parent" else signal.SIGINT)


def wait_for_orphans(process: subprocess.Popen[bytes]) -> None:
    """Workers of a killed parent end when they notice; here, so that the next round is alone."""
    until = time.monotonic() + 120
    while lives(process.pid):
        assert time.monotonic() < until, "the workers of a killed build do not end"
        time.sleep(0.01)


def lives(group: int) -> bool:
    """Whether a process of the group runs. What ended may wait for its parent to notice: in a container, for ever."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    if not Path("/proc/self/stat").exists():
        return True
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended while we looked
            state, _, its_group = file.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False


@pytest.mark.parametrize("who", WHO)
def test_a_killed_build_leaves_a_complete_site(sandbox: Sandbox, tmp_path: Path, who: str) -> None:
    for number in range(FILES_WORTH_WORKERS // 2):
        sandbox.release("1.0", str(number), app="more")
        sandbox.release("1.0", str(number), app="less")
    for app in ("more", "less"):
        sandbox.write(f"content/apps/{app}/app.yaml", APP)
    sandbox.build()
    assert_complete(sandbox)
    if who == "worker" and not Path("/proc/self/task").exists():
        pytest.skip("this system does not list a process's children in /proc")
    chance = random.Random(who)
    usual = 3.0  # seconds that a build takes from its start (for a worker: from its own); learned below
    killed = 0
    for round_ in range(1, ROUNDS):
        if killed == KILLS // len(WHO):
            break
        edit(sandbox, round_)
        process = start_build(sandbox)
        while who == "worker" and process.poll() is None and not children(process):
            pass
        started = time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(usual * chance.uniform(0.0, 1.0))
        if process.poll() is None:
            kill(process, who, chance)
        _, errors = process.communicate(timeout=60)
        wait_for_orphans(process)
        if process.returncode:
            killed += 1
        else:
            usual = 0.5 * (usual + time.monotonic() - started)
        # An interrupt while Python itself starts is Python's to tell.
        assert (b"/otasite/publish/" if who == "interrupt" else b"Traceback") not in errors, errors.decode()
        assert_complete(sandbox)
    assert killed == KILLS // len(WHO), f"only {killed} builds of {round_} were ended by the kill"
    sandbox.build()
    clean = tmp_path / "clean"
    sandbox.build(out=clean, cache=False)
    assert sandbox.files() == sandbox.files(clean)
    assert list(sandbox.root.glob(".dist.otasite-*")) == []


def test_a_build_with_nothing_to_do_clears_what_a_killed_one_left(sandbox: Sandbox) -> None:
    """A build may be killed when all is in place and saved, before it has tidied up."""
    sandbox.build()
    sandbox.write(".dist.otasite-left/notes/index.html", "")
    assert sandbox.build().written == 0
    assert list(sandbox.root.glob(".dist.otasite-*")) == []


def test_every_moment_of_a_commit_leaves_a_complete_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit is stopped after each single rename in turn, which no timing could hit so exactly."""
    sandbox = example(tmp_path / "project")
    sandbox.write("content/site.yaml", SITE + "outputs: [badges, management]\n")
    sandbox.build()
    real = os.replace
    stopped_at = 0

    class Stop(BaseException):
        """Not an error that anything could catch."""

    while True:
        edit(sandbox, stopped_at + 1)
        left = stopped_at

        def replace(source: str, target: str) -> None:
            nonlocal left
            if str(target).startswith(str(sandbox.dist)):
                if left == 0:
                    raise Stop
                left -= 1
            real(source, target)

        monkeypatch.setattr("otasite.publish.output.os.replace", replace)
        try:
            sandbox.build()
            break
        except Stop:
            stopped_at += 1
        finally:
            monkeypatch.setattr("otasite.publish.output.os.replace", real)
        assert_complete(sandbox)
    assert stopped_at > 20
    clean = sandbox.root.parent / "clean"
    sandbox.build(out=clean, cache=False)
    assert sandbox.files() == sandbox.files(clean)


def test_a_killed_worker_is_noticed(sandbox: Sandbox) -> None:
    for app in range(3):
        sandbox.write(f"content/apps/more{app}/app.yaml", "name: More\nbundle_id: com.example.more\n")
        for number in range(100):
            sandbox.release("1.0", str(number), app=f"more{app}")
    command = [sys.executable, "-m", "otasite", "build", "-C", str(sandbox.root), "--workers", "2"]
    if not Path("/proc/self/task").exists():
        pytest.skip("this system does not list a process's children in /proc")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pids: list[int] = []
    while process.poll() is None and not pids:
        pids = children(process)
    for pid in pids[:1]:
        os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "worker process was ended by signal SIGKILL" in errors
    assert "Traceback" not in errors
    assert not sandbox.dist.exists()
    sandbox.build()
    assert_complete(sandbox)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, check=False
    ).returncode:  # fmt: skip
        pytest.skip("only root can mount the small disk that this test fills")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_told_and_changes_nothing(sandbox: Sandbox, small_disk: Path) -> None:
    out = small_disk / "dist"
    sandbox.build(out=out)
    good = sandbox.files(out)
    sandbox.write("content/static/large.bin", random.Random(1).randbytes(8_500_000))
    with pytest.raises(OtasiteError, match="the disk is full"):
        sandbox.build(out=out)
    assert sandbox.files(out) == good
    (sandbox.root / "content/static/large.bin").unlink()
    sandbox.build(out=out)
    assert sandbox.files(out) == good


@pytest.mark.parametrize("workers", [1, 2])
def test_a_disk_that_fills_at_any_moment_leaves_a_complete_site(
    sandbox: Sandbox, small_disk: Path, tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project, its memory and dist/ are all on the disk, which has room for another part of a build each time."""
    monkeypatch.setattr("otasite.publish.making.FILES_WORTH_WORKERS", 1)
    sandbox.write("content/apps/more/app.yaml", APP)
    sandbox.release("1.0", "1", app="more")
    shutil.move(sandbox.root, small_disk / "project")
    sandbox = Sandbox(small_disk / "project")
    sandbox.build()
    ballast = small_disk / "ballast"
    chance = random.Random(workers)
    full = 0
    for round_ in range(1, 1 + KILLS // 4):
        edit(sandbox, round_)
        state = os.statvfs(small_disk)
        ballast.write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - chance.randrange(150_000))))
        try:
            sandbox.build(workers=workers)
        except OtasiteError as error:
            assert "the disk is full" in str(error)
            full += 1
        assert_complete(sandbox)
        ballast.unlink()
    assert full
    sandbox.build(workers=workers)
    clean = tmp_path / "clean"
    sandbox.build(out=clean, cache=False)
    assert sandbox.files() == sandbox.files(clean)


def test_what_others_name_comes_first(tmp_path: Path) -> None:
    order: list[str] = []
    folder = tmp_path / "dist"
    folder.mkdir()
    output = Output(folder)
    output.open_stage()
    kinds = {"a.html": "page", "index.html": "index", "m.plist": "manifest", "x.ipa": "binary", "f.xml": "data"}
    for name in kinds:
        (output.stage / name).write_text(name)
    real = os.replace

    def spy(source: str, target: str) -> None:
        order.append(Path(target).name)
        real(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("otasite.publish.output.os.replace", spy)
        output.commit((Staged(name, kind) for name, kind in kinds.items()), frozenset())  # type: ignore[arg-type]
    output.close_stage()
    assert order == ["x.ipa", "m.plist", "a.html", "f.xml", "index.html"]
    shutil.rmtree(folder)
