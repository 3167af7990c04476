"""A build that is killed, or runs out of disk, leaves a complete site, and the next build is right."""

from __future__ import annotations

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
from urllib.parse import unquote

import pytest

from otasite.build.output import Output, Staged
from otasite.problems import OtasiteError
from tests.projects import Sandbox, example, own_binary

#: Random moments at which a build is killed; `make soak` uses the full number.
KILLS = 200 if os.environ.get("OTASITE_SOAK") == "1" else 12


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
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


@pytest.mark.parametrize("who", ["parent", "everyone", "interrupt"])
def test_a_killed_build_leaves_a_complete_site(sandbox: Sandbox, tmp_path: Path, who: str) -> None:
    sandbox.build()
    assert_complete(sandbox)
    started = time.monotonic()
    start_build(sandbox).wait()
    usual = time.monotonic() - started
    chance = random.Random(who)
    for round_ in range(1, max(2, KILLS // 3)):
        edit(sandbox, round_)
        process = start_build(sandbox)
        time.sleep(usual * chance.uniform(0.3, 1.1))
        if who == "everyone":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.send_signal(signal.SIGKILL if who == "parent" else signal.SIGINT)
        process.wait(20)
        assert_complete(sandbox)
    sandbox.build()
    clean = tmp_path / "clean"
    sandbox.build(out=clean, cache=False)
    assert sandbox.files() == sandbox.files(clean)
    assert list(sandbox.root.glob(".dist.otasite-*")) == []


def test_every_moment_of_a_commit_leaves_a_complete_site(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit is stopped after each single rename in turn, which no timing could hit so exactly."""
    sandbox.build()
    real = os.replace
    stopped_at = 0

    class Stop(BaseException):
        """Not an error that anything could catch."""

    for after in range(60):
        edit(sandbox, after + 1)
        left = after

        def replace(source: str, target: str) -> None:
            nonlocal left
            if str(target).startswith(str(sandbox.dist)):
                if left == 0:
                    raise Stop
                left -= 1
            real(source, target)

        monkeypatch.setattr("otasite.build.output.os.replace", replace)
        try:
            sandbox.build()
        except Stop:
            stopped_at += 1
        monkeypatch.setattr("otasite.build.output.os.replace", real)
        assert_complete(sandbox)
    assert stopped_at > 20
    sandbox.build()
    clean = sandbox.root.parent / "clean"
    sandbox.build(out=clean, cache=False)
    assert sandbox.files() == sandbox.files(clean)


def test_a_killed_worker_is_noticed(sandbox: Sandbox) -> None:
    for app in range(3):
        sandbox.write(f"content/apps/more{app}/app.yaml", "name: More\nbundle_id: com.example.more\n")
        for number in range(100):
            sandbox.release("1.0", str(number), app=f"more{app}")
    command = [sys.executable, "-m", "otasite", "build", "-C", str(sandbox.root), "--workers", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.wait()
        pytest.skip("this system does not list a process's children in /proc")
    pids: list[str] = []
    while process.poll() is None and not pids:
        pids = children.read_text().split()
    for pid in pids[:1]:
        os.kill(int(pid), signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "worker process was ended by signal SIGKILL" in errors
    assert "Traceback" not in errors
    assert not sandbox.dist.exists()
    sandbox.build()
    assert_complete(sandbox)


def test_a_full_disk_is_told_and_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    ).returncode:  # fmt: skip
        pytest.skip("only root can mount the small disk that this test fills")
    try:
        out = disk / "dist"
        sandbox.build(out=out)
        good = sandbox.files(out)
        sandbox.write("content/static/large.bin", random.Random(1).randbytes(1_500_000))
        with pytest.raises(OtasiteError, match="the disk is full"):
            sandbox.build(out=out)
        assert sandbox.files(out) == good
        (sandbox.root / "content/static/large.bin").unlink()
        sandbox.build(out=out)
        assert sandbox.files(out) == good
    finally:
        subprocess.run(["umount", str(disk)], check=True)


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
        patch.setattr("otasite.build.output.os.replace", spy)
        output.commit((Staged(name, kind) for name, kind in kinds.items()), frozenset())  # type: ignore[arg-type]
    output.close_stage()
    assert order == ["x.ipa", "m.plist", "a.html", "f.xml", "index.html"]
    shutil.rmtree(folder)
