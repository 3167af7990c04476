"""How commands end when the system refuses something, nobody reads any more, or somebody presses Ctrl-C."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from otasite.cli.ending import in_words
from tests.binaries.ipas import write_ipa
from tests.projects import Sandbox, example

pytestmark = pytest.mark.thorough

PROJECT = Path(__file__).resolve().parents[2]

COMMANDS = [
    ["new", "site", "new"],
    ["new", "site", "new", "--demo"],
    ["new", "site", "new", "--github", "--pre-commit"],
    ["new", "app", "other"],
    ["new", "release", "notes", "2.0", "9"],
    ["new", "theme", "mine"],
    ["add", "a.ipa"],
    ["add", "a.ipa", "--link"],
    ["inspect", "a.ipa"],
    ["inspect", "a.ipa", "--json"],
    ["build"],
    ["build", "--out", "elsewhere"],
    ["check"],
    ["list"],
    ["explain", "notes/index.html"],
    ["theme", "list"],
    ["theme", "options"],
    ["theme", "eject", "app.html"],
    ["theme", "drift"],
    ["schema", "--out", "schema"],
    ["clean"],
    ["clean", "--cache"],
    ["hosting", "check", "netlify"],
    ["hosting", "summary"],
    ["links", "--all"],
    ["announce", "--since", "before.json", "--dry-run", "--to", "slack"],
    ["doctor", "--offline"],
    ["deploy"],
    ["verify", "https://localhost:1/", "--dist", "dist"],
    ["serve", "--forget-ca"],
]


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[str]]:
    """A process that tries commands in copies of a built project with an IPA beside it."""
    folder = tmp_path_factory.mktemp("faults")
    sandbox = example(folder / "project")
    write_ipa(sandbox.root / "a.ipa")
    sandbox.write("before.json", "{}")
    sandbox.write("content/announce/slack.json", '{"text": {{ news.title | tojson }}}')
    sandbox.check()
    sandbox.build()
    command = [sys.executable, "-m", "tests.cli.faults", str(folder)]
    environment = {**os.environ, "HOME": str(folder / "work"), "XDG_CONFIG_HOME": ""}
    with (
        (folder / "errors.txt").open("w") as errors,
        subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
        ) as process,
    ):
        yield process
        process.communicate()  # ends its input
    assert process.returncode == 0, (folder / "errors.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_error_of_the_system_becomes_a_message(faults: subprocess.Popen[str], words: list[str]) -> None:
    assert faults.stdin is not None and faults.stdout is not None
    print(json.dumps(words), file=faults.stdin, flush=True)
    runs: list[dict[str, Any]] = [json.loads(line) for line in takewhile(str.strip, faults.stdout)]
    assert len(runs) > 1, "the process has died, or no call of the system was found"
    came_through = [each for each in runs if each["code"] not in (0, 1, 2) or "Traceback" in each["output"]]
    assert not came_through, json.dumps(came_through[:3], indent=1, ensure_ascii=False).replace("\\n", "\n")
    silent = [each for each in runs if each["code"] and not each["output"].strip()]
    assert not silent


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left", "/elsewhere/a"), "/elsewhere/a: No space left"),
        (OSError(errno.EXDEV, "Other disk", "/a", None, "/b"), "/a → /b: Other disk"),
        (OSError("odd"), "odd"),
        (TimeoutError(), "TimeoutError"),
        (shutil.Error([("a", "/new/b", "[Errno 28] No space left: '/new/b'")]), "/new/b: No space left"),
    ],
)
def test_errors_of_the_system_in_words(error: OSError, words: str) -> None:
    assert in_words(error) == words


def start(sandbox: Sandbox, *words: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "otasite", *words], cwd=sandbox.root, **options)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    sandbox = example(tmp_path / "project")
    write_ipa(sandbox.root / "a.ipa")
    return sandbox


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize(
    "words", [["list"], ["list", "--json"], ["schema"], ["--help"], ["build"], ["inspect", "a.ipa"]]
)
def test_an_output_that_is_full_is_said(sandbox: Sandbox, words: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = start(sandbox, *words, stdout=full, stderr=subprocess.PIPE)
        _, errors = done.communicate(timeout=60)
    assert done.returncode == 1
    assert b"No space left on device" in errors
    assert b"Traceback" not in errors and b"Exception ignored" not in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_when_even_errors_cannot_be_said_the_exit_code_is(sandbox: Sandbox) -> None:
    with open("/dev/full", "wb") as full:
        assert start(sandbox, "list", stdout=full, stderr=full).wait(60) == 1
        sandbox.write("content/apps/notes/app.yaml", "name: [")
        assert start(sandbox, "check", stdout=full, stderr=full).wait(60) == 1


@pytest.mark.parametrize(
    "words", [["list", "--json"], ["schema"], ["check", "--format", "github"], ["inspect", "a.ipa"]]
)
def test_a_reader_that_goes_away_is_no_error(sandbox: Sandbox, words: list[str]) -> None:
    sandbox.write("content/apps/notes/app.yaml", "name: Notes\nnonsense: 1\nbundle_id: com.example.app\n")
    read, write = os.pipe()
    os.close(read)
    done = start(sandbox, *words, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    _, errors = done.communicate(timeout=60)
    assert done.returncode == 1
    assert errors == b""


def test_ctrl_c_ends_a_build_with_130_and_keeps_the_last_good_site(sandbox: Sandbox) -> None:
    sandbox.build()
    before = sandbox.files()
    for number in range(400):
        sandbox.release("2.0", f"{100 + number}", date="2026-05-03")
    done = start(sandbox, "build", "--no-cache", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_staging(sandbox, done)
    done.send_signal(signal.SIGINT)
    _, errors = done.communicate(timeout=60)
    assert (done.returncode, b"Traceback" in errors) == (130, False), errors
    assert errors.strip().endswith(b"otasite: stopped")
    assert sandbox.files() == before


def wait_for_staging(sandbox: Sandbox, process: subprocess.Popen[bytes]) -> None:
    """Until the build has begun to write: its staging folder is there."""
    for _ in range(2000):
        if any(path.name.startswith(".") and "otasite-" in path.name for path in sandbox.root.iterdir()):
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("nothing was staged")


def test_files_of_no_size_at_all(sandbox: Sandbox) -> None:
    """A real limit of the system: every write fails, whichever call makes it."""
    limited = "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); from otasite.cli import main; main()"
    for words in (
        ["build"],
        ["add", "a.ipa"],
        ["new", "app", "other"],
        ["new", "site", "new"],
        ["schema", "--out", "s"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", limited, *words], cwd=sandbox.root, capture_output=True, text=True, check=False
        )
        assert done.returncode in (1, 2), done.stdout
        assert "File too large" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr


def test_a_home_that_nobody_knows(sandbox: Sandbox) -> None:
    """A container that runs as a user without a name, and without HOME."""
    code = "import os, pwd, sys; pwd.getpwuid = lambda number: (_ for _ in ()).throw(KeyError(number)); "
    code += (
        "os.environ.pop('HOME', None); os.environ.pop('XDG_CONFIG_HOME', None); from otasite.cli import main; main()"
    )
    for words in (["serve", "--forget-ca"], ["serve", "--https", "--port", "0"], ["doctor", "--offline"], ["build"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=sandbox.root, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        if words[0] == "serve":
            assert done.returncode == 2
            assert "HOME" in done.stderr


def test_a_folder_that_was_deleted_under_us(sandbox: Sandbox) -> None:
    folder = sandbox.root / "gone"
    folder.mkdir()
    code = f"import os; os.chdir({str(folder)!r}); os.rmdir({str(folder)!r}); from otasite.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "list"], capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
