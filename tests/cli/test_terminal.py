"""What reaches a terminal or a CI's log: never what steers it, and always something, whatever the encoding is."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example as given_example
from hypothesis import given
from hypothesis import strategies as st

from otasite.cli.terminal import can_show, degrade, has_colours, say, say_json, say_order, styled, visible
from tests.binaries.ipas import info_values, write_ipa
from tests.projects import Sandbox, example

pytestmark = pytest.mark.thorough

PROJECT = Path(__file__).resolve().parents[2]
ENCODINGS = ["cp1252", "cp437", "cp932", "latin-1", "ascii", "koi8-r", "utf-8"]
#: A colour, a title, a link; a cleared screen in one byte; text turned around; line ends; an order to GitHub.
HOSTILE = "\x1b[31mred\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\ \x9b2J \u202eevil\u2066 \r\n\u2028::error::x"


class Captured(io.TextIOWrapper):
    """A stream of one encoding that is no terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="otasite.degrade", newline="")

    @property
    def text(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


def printed_to(monkeypatch: pytest.MonkeyPatch, encoding: str) -> Captured:
    captured = Captured(encoding)
    monkeypatch.setattr(sys, "stdout", captured)
    return captured


def steers(text: str) -> list[str]:
    """The characters of ``text`` (without its line ends) that a terminal obeys or that turn text around."""
    bidi = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return [
        character
        for character in text.replace("\n", "")
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(character) in bidi
    ]


def orders(text: str) -> list[str]:
    """Lines that GitHub's runner, in either of its ways, or Azure's agent takes for an order."""
    return [line for line in text.split("\n") if line.strip().startswith("::") or "##[" in line or "##vso[" in line]


STRANGE = st.characters() | st.sampled_from("\x1b\x9b\u202e\n:#[ ")


@given(st.lists(st.text(STRANGE, max_size=20), max_size=3))
@given_example(["\u00a0 ", ":", ":stop-commands::x"])
@given_example(["a ##[group]", "##", "[error]x"])
@given_example([HOSTILE])
def test_whatever_is_said_stays_one_line_that_orders_nothing(pieces: list[str]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        captured = printed_to(monkeypatch, "utf-8")
        say(*pieces)
        assert captured.text.count("\n") == 1
        assert not steers(captured.text)
        assert not orders(captured.text)


@given(st.text(max_size=30), st.text(max_size=30))
@given_example(HOSTILE, "::stop-commands::x\n##[y]")
def test_json_stays_the_same_value_without_anything_that_steers(name: str, text: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        captured = printed_to(monkeypatch, "utf-8")
        say_json({name: [text]})
        assert json.loads(captured.text) == {name: [text]}
        assert not steers(captured.text)
        assert not orders(captured.text)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_is_the_same_value_in_every_encoding(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    captured = printed_to(monkeypatch, encoding)
    say_json({"name": "Täg 日本 😀 “x”", "other": "\udc80"})
    assert json.loads(captured.text) == {"name": "Täg 日本 😀 “x”", "other": "\udc80"}


def test_ordinary_text_in_any_script_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    out = printed_to(monkeypatch, "utf-8")
    for text in ("Größe: 3 × 4", "日本語", "نص عربي", "שלום", "👩‍👩‍👧", "क्षि", "a :: b", "#1 [x]"):
        say(text)
        assert out.text.rstrip("\n").endswith(text)


def test_a_workflow_command_holds_its_text_and_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    out = printed_to(monkeypatch, "utf-8")
    say_order("error", {"file": "a,b:c\n::x", "title": "100%"}, "one\n::error::two \x1b[0m")
    assert out.text == "::error file=a%2Cb%3Ac\\n%3A%3Ax,title=100%25::one%0A::error::two \\x1b[0m\n"


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("“a” – b… → ×", "ascii", '"a" - b... -> x'),
        ("“a” – b… → ×", "cp1252", "“a” – b… -> ×"),
        ("Größe", "ascii", "Grosse".replace("ss", "\\xdf")),
        ("Ünïcödé", "ascii", "Unicode"),
        ("日本", "latin-1", "\\u65e5\\u672c"),
        ("日本", "cp932", "日本"),
        ("😀", "cp437", "\\U0001f600"),
    ],
)
def test_characters_degrade(text: str, encoding: str, shown: str) -> None:
    assert degrade(text, encoding) == shown


@given(st.text(), st.sampled_from(ENCODINGS))
def test_whatever_is_degraded_can_be_printed(text: str, encoding: str) -> None:
    degrade(visible(text), encoding).encode(encoding)


@pytest.mark.parametrize(
    ("environment", "terminal", "colours"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colours_are_for_terminals_unless_somebody_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], terminal: bool, colours: bool
) -> None:
    out = printed_to(monkeypatch, "utf-8")
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(out, "isatty", lambda: terminal, raising=False)
    assert has_colours(out) is colours
    say(styled("\x1b[8mhidden", "red", "bold"))
    assert out.text == ("\x1b[31m\x1b[1m\\x1b[8mhidden\x1b[0m\n" if colours else "\\x1b[8mhidden\n")


def test_what_a_terminal_cannot_show_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    printed_to(monkeypatch, "cp437")
    assert can_show("█▀▄")
    printed_to(monkeypatch, "cp1252")
    assert not can_show("█▀▄")


# --- the commands -----------------------------------------------------------------------------------------------


@pytest.fixture
def hostile(tmp_path: Path) -> Sandbox:
    """A project whose every name is hostile, as far as reading it lets them through, with an IPA beside it."""
    sandbox = example(tmp_path / "pro\x1b[31mject")
    quoted = json.dumps(HOSTILE.replace("\r\n", " ").replace("\u2028", " "))
    sandbox.write("content/apps/notes/app.yaml", f"name: {quoted}\nbundle_id: com.example.app\nnonsense: {quoted}\n")
    sandbox.write("content/pages/\x1b[31m\u202ex.md", "# X\n\n[y](y\x1b[31m.md)\n")
    sandbox.write(f"content/{HOSTILE[:5]}.yaml", "a: b")
    info = info_values(CFBundleDisplayName=HOSTILE, CFBundleShortVersionString="1\x1b[31m")
    write_ipa(sandbox.root / "a\x1b[31m\n::error::b.ipa", {}, info=info, folder="Payload/\x1b[31m\u202eA.app/")
    return sandbox


def commands(sandbox: Sandbox) -> list[list[str]]:
    """Every command that reads a project or a binary and ends by itself."""
    ipa = str(next(sandbox.root.glob("*.ipa")))
    return [
        ["build"],
        ["check"],
        ["check", "--format", "github"],
        ["check", "--format", "json"],
        ["list"],
        ["list", "notes"],
        ["list", "--json"],
        ["explain", "notes/index.html"],
        ["explain", "\x1b[31m/x"],
        ["links", "--all"],
        ["inspect", ipa],
        ["inspect", ipa, "--json"],
        ["diff", ipa, ipa],
        ["diff", "notes/\x1b[31m"],
        ["diff", "--since", "\x1b[31m"],
        ["add", ipa, "--app", "\x1b[31m"],
        ["add", ipa],
        ["theme", "list"],
        ["theme", "options"],
        ["theme", "eject", "\u202e.html"],
        ["theme", "drift"],
        ["schema"],
        ["hosting", "check", "netlify"],
        ["hosting", "config", "nginx"],
        ["hosting", "summary"],
        ["hosting", "workflow"],
        ["announce", "--since", "\x1b[31m.json", "--dry-run"],
        ["announce", "--channel", "\u202e"],
        ["new", "app", "\x1b[31m"],
        ["new", "release", "notes", "\x1b[31m", "2"],
        ["deploy", "\x1b[31m"],
        ["verify", "https://\x1b[31m/"],
        ["doctor", "--offline"],
        ["completion", "bash"],
        ["clean"],
        ["\x1b[31m\u202e"],
        ["build", "--\x1b[31m"],
        ["--help"],
        ["verify", "--help"],
    ]


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "OTASITE_"))}
    return {**kept, "PYTHONPATH": str(PROJECT), **changes}


def run(sandbox: Sandbox, words: list[str], **changes: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "otasite", *words]
    return subprocess.run(command, cwd=sandbox.root, env=environment(**changes), capture_output=True, check=False)


def run_all(sandbox: Sandbox, encoding: str, **changes: str) -> list[tuple[list[str], int, str]]:
    """Every command in one process: its words, its exit code (-1 for an exception), and all that it printed."""
    every = commands(sandbox)
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.all_commands"],
        cwd=sandbox.root,
        env=environment(PYTHONIOENCODING=encoding, **changes),
        input=json.dumps(every).encode(),
        capture_output=True,
        check=True,
    )
    printed = re.split("^\f[0-9]+\n", done.stdout.decode(encoding), flags=re.MULTILINE)[1:]
    errors = done.stderr.decode(encoding).split("\f")[1:]
    assert len(printed) == len(every) and len(errors) == 2 * len(every)
    return [
        (words, int(errors[2 * number + 1]), printed[number] + errors[2 * number].partition("\n")[2])
        for number, words in enumerate(every)
    ]


def test_no_command_prints_what_steers_a_terminal(hostile: Sandbox) -> None:
    for words, code, text in run_all(hostile, "utf-8"):
        if words[0] == "completion":
            continue  # a program for the shell, with tabs, and nothing of the project
        assert code in (0, 1, 2) and "Traceback" not in text, (words, text)
        assert not steers(text), (words, text)
        annotations = r"::(error|warning) (file|title)="
        assert all(re.match(annotations, line) for line in orders(text)), (words, orders(text))


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp932", "latin-1", "ascii"])
def test_every_command_lives_in_every_encoding(hostile: Sandbox, encoding: str) -> None:
    hostile.write("content/apps/notes/app.yaml", "name: Zażółć 日本 “x” 😀 →\nbundle_id: com.example.app\n")
    for words, code, text in run_all(hostile, encoding, PYTHONUTF8="0"):
        assert code in (0, 1, 2) and "Traceback" not in text, (words, text)


def test_the_c_locale_is_enough(hostile: Sandbox) -> None:
    for words in (["list"], ["check", "--format", "github"], ["check"], ["--help"]):
        done = run(hostile, words, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
        assert done.returncode in (0, 1), done.stderr
        assert b"Traceback" not in done.stderr


def test_github_gets_a_summary_and_outputs_without_orders(hostile: Sandbox, tmp_path: Path) -> None:
    files: dict[str, Any] = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    hostile.write("content/apps/notes/app.yaml", "name: Notes\nbundle_id: com.example.app\n")
    (hostile.root / f"content/{HOSTILE[:5]}.yaml").unlink()  # a stray file ends every run that reads all apps
    ipa = next(hostile.root.glob("*.ipa"))
    write_ipa(ipa, {}, info=info_values(CFBundleDisplayName=HOSTILE))
    done = run(hostile, ["add", str(ipa)], **files)
    assert done.returncode == 0, done.stderr
    for name in files:
        assert not steers((tmp_path / name).read_text("utf-8"))
