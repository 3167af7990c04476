"""``updates.json`` says what is newest for each platform; the rule for it gives the answers of its test vectors."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.outputs.updates_rule import answer
from tests.projects import Sandbox, example
from tests.tools import PROJECT

GUIDE = (PROJECT / "docs" / "subscribe" / "updates.md").read_text("utf-8")


class Vector(NamedTuple):
    version: str
    build: str
    update: dict[str, Any]
    installation: str
    expected: str


def vectors() -> list[Vector]:
    """The rows of the guide's table."""
    rows = re.findall(r"^\| `(.+?) \((.+?)\)` \| `(\{.*?\})` \| `(.+?)` \| (\w+) \|$", GUIDE, re.MULTILINE)
    return [Vector(version, build, json.loads(update), *rest) for version, build, update, *rest in rows]


@pytest.mark.parametrize("vector", vectors())
def test_the_rule_gives_the_answers_of_the_guide(vector: Vector) -> None:
    assert answer(vector.version, vector.build, vector.update, vector.installation) == vector.expected


def test_the_vectors_tell_the_answers_apart() -> None:
    assert len(vectors()) == GUIDE.count("| `{") == 13
    assert {vector.expected for vector in vectors()} == {"nothing", "offer", "must"}
    waiting = [vector for vector in vectors() if vector.expected == "nothing" and "rollout" in vector.update]
    assert waiting, "one is newer and not offered"


def lines() -> str:
    """The vectors for programs: one a line, its fields between tabs, as UpdatesRule.java reads them."""
    said = []
    for vector in vectors():
        update = {"minimum": "", "critical": "false", "rollout": 100} | vector.update
        names = ("version", "build", "salt", "minimum", "critical", "rollout")
        fields = [vector.version, vector.build, *(str(update[name]) for name in names), vector.installation]
        said.append("\t".join(fields).replace("True", "true"))
    return "\n".join(said)


def answers(*command: str | Path) -> list[str]:
    """What a program says of the vectors."""
    done = subprocess.run(command, input=lines(), capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def compiler(variable: str, program: str) -> list[str]:
    """A compiler: what a variable of the environment says, else the program of its name."""
    found = os.environ.get(variable) or shutil.which(program)
    if not found:
        pytest.skip(f"needs {program} (or {variable}=…)")
    return shlex.split(found) if variable in os.environ else [found]


def example_code(language: str) -> str:
    return GUIDE.split(f"```{language}\n", 1)[1].split("```", 1)[0]


@pytest.mark.slow
def test_java_gives_the_same_answers() -> None:
    """The calls of the Kotlin example, in the language of which this machine may have a compiler."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("needs java (JDK 11 or later)")
    program = Path(__file__).with_name("UpdatesRule.java")
    assert answers(java, program) == [vector.expected for vector in vectors()]


@pytest.mark.slow
def test_the_kotlin_example_gives_the_same_answers(tmp_path: Path) -> None:
    command, java = compiler("OTASITE_KOTLINC", "kotlinc"), shutil.which("java")
    assert java, "kotlinc needs it, too"
    source, program = tmp_path / "updates.kt", tmp_path / "updates.jar"
    main = """
        fun main() = generateSequence { readLine() }.forEach { line ->
            val f = line.split("\\t")
            val update = Update(f[2], f[3], "", f[4], f[5], f[6].toBoolean(), f[7].toInt())
            println(answer(f[0], f[1], update, f[8]).name)
        }
    """
    source.write_text(example_code("kotlin") + main, "utf-8")
    done = subprocess.run([*command, source, "-Werror", "-include-runtime", "-d", program], capture_output=True)
    assert done.returncode == 0, done.stderr
    said = answers(java, "-Dfile.encoding=UTF-8", "-Dstdin.encoding=UTF-8", "-jar", program)
    assert [answer.lower() for answer in said] == [vector.expected for vector in vectors()]


@pytest.mark.slow
def test_the_swift_example_gives_the_same_answers(tmp_path: Path) -> None:
    """Elsewhere than at Apple there is no CryptoKit: a SHA-256 of the test's own stands in for it there."""
    command = compiler("OTASITE_SWIFTC", "swiftc")
    rule, program = tmp_path / "updates.swift", tmp_path / "updates"
    main = """
        while let line = readLine() {
            let f = line.components(separatedBy: "\\t")
            let update = Update(version: f[2], build: f[3], install: "", salt: f[4],
                minimum: f[5].isEmpty ? nil : f[5], critical: f[6] == "true", rollout: Int(f[7]))
            print(answer(version: f[0], build: f[1], update: update, installation: f[8]))
        }
    """
    (tmp_path / "main.swift").write_text(f"import Foundation\n{main}", "utf-8")
    code = example_code("swift")
    shutil.copy(Path(__file__).with_name("SHA256.swift"), tmp_path)
    rule.write_text(code.replace("import CryptoKit", "#if canImport(CryptoKit)\nimport CryptoKit\n#endif"), "utf-8")
    sources = [tmp_path / "main.swift", rule, tmp_path / "SHA256.swift"]
    done = subprocess.run([*command, "-o", program, *sources], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert answers(program) == [vector.expected for vector in vectors()]


def test_about_as_many_are_offered_it_as_it_says() -> None:
    update = {"version": "2", "build": "1", "rollout": 25, "salt": "notes/stable/ios/2-1"}
    chosen = [number for number in range(4000) if answer("1", "1", update, str(number)) == "offer"]
    assert 900 < len(chosen) < 1100
    half = [number for number in range(4000) if answer("1", "1", update | {"rollout": 50}, str(number)) == "offer"]
    assert set(chosen) < set(half)


def test_the_examples_have_every_step_of_the_rule() -> None:
    """Where no compiler is at hand, at least what cannot be seen at a glance is in both."""
    for language, first_bytes, shift in (("swift", "prefix(4)", "<< 32"), ("kotlin", "take(4)", "shl 32")):
        code = example_code(language)
        for piece in (first_bytes, shift, "* 100 <", "critical", "minimum", "rollout"):
            assert piece in code, f"{language}: {piece}"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return example(tmp_path)


def test_the_file_has_the_newest_of_each_platform(sandbox: Sandbox) -> None:
    sandbox.write(
        "content/apps/notes/releases/2.0-4.yaml",
        "version: '2.0'\nbuild: '4'\ndate: 2026-05-20\nnotes: New.\n"
        "update: {minimum: '1.5', critical: true, rollout: 20}\n"
        "android: {identifier: com.example.app, url: 'https://downloads.example.com/n.apk'}\n",
    )
    sandbox.build()
    document = json.loads(sandbox.read("notes/updates.json"))
    assert (document["schema"], document["default_channel"]) == (2, "stable")
    stable = document["channels"]["stable"]
    ios, android = stable["ios"], stable["android"]
    assert (ios["version"], ios["salt"]) == ("1.1", "notes/stable/ios/1.1-2")
    assert not {"critical", "rollout", "minimum"} & set(ios)
    assert ios["install"].startswith("itms-services://")
    assert (android["version"], android["minimum"], android["critical"], android["rollout"]) == (
        "2.0",
        "1.5",
        True,
        20,
    )
    assert android["page"] == "https://apps.example.com/notes/2.0-4/"
    assert android["notes"] == {"en": "New."}


def test_the_first_schema_stays_as_it_was(sandbox: Sandbox) -> None:
    sandbox.build()
    assert json.loads(sandbox.read("notes/latest.json"))["schema"] == 1


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("{rollout: 0}", "bad-value"),
        ("{rollout: 101}", "bad-value"),
        ("{minimum: next}", "bad-value"),
        ("{critical: perhaps}", "bad-value"),
        ("{percent: 5}", "unknown-key"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake(sandbox: Sandbox, text: str, mistake: str) -> None:
    sandbox.write(
        "content/apps/notes/releases/2.0-4.yaml",
        f"version: '2.0'\nbuild: '4'\ndate: 2026-05-20\nupdate: {text}\nios: {{url: 'https://downloads.example.com/n'}}\n",
    )
    found = sandbox.mistakes()
    assert [place for place in found if place.startswith("content/apps/notes/releases/2.0-4.yaml:4:")]
    assert found[0].endswith(mistake)
