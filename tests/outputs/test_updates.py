"""``updates.json`` says what is newest for each platform; the rule for it gives the answers of its test vectors."""

from __future__ import annotations

import json
import re
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


@pytest.mark.slow
def test_java_gives_the_same_answers(tmp_path: Path) -> None:
    """The calls of the Kotlin example, in the language of which this machine may have a compiler."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("needs java (JDK 11 or later)")
    lines = []
    for vector in vectors():
        update = {"minimum": "", "critical": False, "rollout": 100} | vector.update
        fields: list[str] = [
            vector.version,
            vector.build,
            *(str(update[key]) for key in ("version", "build", "salt")),
        ]
        fields += [
            str(update["minimum"]),
            str(update["critical"]).lower(),
            str(update["rollout"]),
            vector.installation,
        ]
        lines.append("\t".join(fields))
    program = str(Path(__file__).with_name("UpdatesRule.java"))
    done = subprocess.run([java, program], input="\n".join(lines), capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [vector.expected for vector in vectors()]


def test_about_as_many_are_offered_it_as_it_says() -> None:
    update = {"version": "2", "build": "1", "rollout": 25, "salt": "notes/stable/ios/2-1"}
    chosen = [number for number in range(4000) if answer("1", "1", update, str(number)) == "offer"]
    assert 900 < len(chosen) < 1100
    half = [number for number in range(4000) if answer("1", "1", update | {"rollout": 50}, str(number)) == "offer"]
    assert set(chosen) < set(half)


def test_the_examples_have_every_step_of_the_rule() -> None:
    """They are not compiled here, so at least what cannot be seen at a glance is in both."""
    for language, first_bytes, shift in (("swift", "prefix(4)", "<< 32"), ("kotlin", "take(4)", "shl 32")):
        code = GUIDE.split(f"```{language}\n", 1)[1].split("```", 1)[0]
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
