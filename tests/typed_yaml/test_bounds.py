"""Files that are meant to cost much: time and memory stay in proportion, and the message says what is too much."""

from __future__ import annotations

import pytest
from yaml.nodes import MappingNode

from otasite.catalogue.records import AppRecord
from otasite.problems import LONGEST_TEXT, Problem
from otasite.typed_yaml import composing, plain, reading, texts
from otasite.typed_yaml.convert import read_record
from otasite.typed_yaml.reading import read_yaml
from tests.binaries.attacks import MEBIBYTE
from tests.binaries.measuring import NEEDS_PROC, measured_run
from tests.typed_yaml.reports import lines


def problems_of(text: str) -> tuple[Problem, ...]:
    return read_record(text, "a.yaml", AppRecord).problems


def test_the_places_of_many_mistakes_are_found_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    members = plain.members

    def counted(node: MappingNode) -> object:
        nonlocal asked
        asked += 1
        return members(node)

    monkeypatch.setattr(reading, "members", counted)
    problems = problems_of("name: App\n" + "".join(f"key{number}: x\n" for number in range(6000)))
    assert len(problems) == 6000
    assert [str(problem.location) for problem in problems[-2:]] == ["a.yaml:6000:1", "a.yaml:6001:1"]
    assert asked <= 2


def test_a_file_has_so_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composing, "MAX_NODES", 50)
    fits = f"a: [{'x, ' * 47}]"  # the mapping, its key, the list and 47 items
    assert len(read_yaml(fits, "a.yaml").value["a"]) == 47
    (problem,) = problems_of(f"a: [{'x, ' * 48}]")
    assert lines([problem]) == [
        "a.yaml:1:146: yaml-too-large: the file has more than 50 keys and values: here is the next"
    ]


def test_the_first_mistakes_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAX_PROBLEMS", 3)
    for text in ("name: App\n" + "".join(f"k{n}: x\n" for n in range(9)), "name: App\n" * 9):
        problems = problems_of(text)
        assert len(problems) == 4
        assert "too-many-problems" in {problem.code for problem in problems}


@pytest.mark.parametrize(
    "text",
    [
        f"visibility: {'v' * 90_000}",
        f"? {'k' * 90_000}\n: v",
        f'"{"k" * 900}": v\n"{"k" * 900}": w',
        "a: *" + "b" * 90_000,
    ],
)
def test_what_a_message_quotes_is_cut(text: str) -> None:
    for problem in problems_of(text):
        assert len(problem.message) <= LONGEST_TEXT
        assert len(problem.hint) <= LONGEST_TEXT


ATTACKS = {
    "items": '"platforms: [" + "a," * 1_990_000 + "]"',
    "one key again and again": '"a: b\\n" * 790_000',
    "many keys": '"".join(f"k{n}: v\\n" for n in range(240_000))',
    "wide items": '"platforms: [" + "abc," * 240_000 + "]"',
    "deep": '"a: " + "[" * 3_900_000',
    "deeper and deeper": '"".join(" " * n + "a:\\n" for n in range(2500))',
    "aliases of aliases": (
        '"k0: &a0 [x]\\n" + "".join(f"k{n}: &a{n} [{s}a{n - 1}, {s}a{n - 1}]\\n" for n in range(1, 40) for s in "*")'
    ),
    "an alias of itself": '"a: &a {b: *a}"',
    "text": '"title: " + "x" * 3_900_000',
    "quotes": '"name: \'" + "\'\'" * 1_900_000',
    "lines": '"\\n" * 3_900_000 + "a: ["',
    "tags": '"a: [" + "!x y, " * 600_000 + "]"',
}


@NEEDS_PROC
@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_file_takes_more_than_a_few_hundred_megabytes_or_seconds(attack: str) -> None:
    done = measured_run(
        "from otasite.catalogue.records import AppRecord\n"
        "from otasite.typed_yaml.convert import read_record\n"
        f"print(len(read_record({attack}, 'a.yaml', AppRecord).problems))"
    )
    assert int(done.printed) > 0
    assert done.peak < 600 * MEBIBYTE
    assert done.seconds < 30
