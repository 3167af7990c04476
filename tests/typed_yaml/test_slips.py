"""What looks right and is not: each is recognised for what it is, once, at its place."""

from __future__ import annotations

import pytest

from otasite.catalogue.records import AppRecord
from otasite.problems import Problem
from otasite.typed_yaml.convert import read_record


def problems_of(text: str) -> tuple[Problem, ...]:
    return read_record(text, "a.yaml", AppRecord).problems


def only(text: str) -> Problem:
    (problem,) = problems_of(text)
    return problem


CONFLICT = "name: App\n<<<<<<< HEAD\nicon: a.png\n=======\nicon: b.png\n>>>>>>> main\n"


@pytest.mark.parametrize(
    ("text", "place", "code", "words"),
    [
        (CONFLICT, "2:1", "conflict-mark", "git left both sides"),
        ("name: App\n>>>>>>> main\r\n", "2:1", "conflict-mark", "git left both sides"),
        ("name:\u00a0App\n", "1:6", "odd-space", "a non-breaking space"),
        ("name: App\n\u00a0\u00a0icon: a.png\n", "2:1", "odd-space", "a non-breaking space"),
        ("name: App\nplatforms:\n  -\u00a0ios\n  - android\n", "3:3", "odd-space", "a non-breaking space"),
        ("name\u202f: App\n", "1:1", "odd-space", "a narrow non-breaking space"),
        ("name: App\n\u200bicon: a.png\n", "2:1", "odd-space", "an invisible space"),
        ("name: “App”\n", "1:7", "smart-quotes", "become a part of it"),
        ("name: „App“\n", "1:7", "smart-quotes", "become a part of it"),
        ("“name”: App\n", "1:1", "smart-quotes", "around a key"),
        ("name: “App: the second” one\n", "1:7", "smart-quotes", "the quote “ is a letter"),
        ('name: "App",\nicon: "a.png",\n', "1:12", "yaml-syntax", "a comma stands after the value"),
        ("name: App\nvisibility: public,\n", "2:19", "trailing-comma", "a part of the value: “public,”"),
        ("name: Rider,\r\nicon: a.png\r\n", "1:12", "trailing-comma", "“Rider,”"),
        ("name: App\nplatforms:\n  - ios,  # first\n  - android\n", "3:8", "trailing-comma", "“ios,”"),
        ("links: {website: https://example.com/}\nname: App,", "2:10", "trailing-comma", "“App,”"),
        ("name: App\nicon: #7a1fa2\n", "2:7", "comment-for-value", "“#7a1fa2” is a comment in YAML"),
        ("name: App\nicon: #1 of all\nsubtitle: x\n", "2:7", "comment-for-value", "“#1 of all” is a comment"),
        ("naem: App\n", "1:1", "unknown-key", "there is no key “naem”"),
        ("name: [\n", "1:7", "yaml-syntax", "what is opened here is never closed"),
        ("name: {en: [a, b\n\n\nicon: x\n", "1:12", "yaml-syntax", "what starts here with “[” is not closed"),
        ("name: App\nlinks: {website: [\n", "2:18", "yaml-syntax", "what is opened here is never closed"),
    ],
)
def test_a_slip_is_one_problem_in_its_place(text: str, place: str, code: str, words: str) -> None:
    problem = only(text)
    assert (str(problem.location), problem.code) == (f"a.yaml:{place}", code)
    assert words in problem.message
    assert problem.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("name: App\nicon: #7a1fa2\n", 'icon: "#7a1fa2"'),
        ("name: App\nvisibility: public,\n", "remove it: YAML has no commas between lines"),
        ("naem: App\n", "did you mean “name”?"),
        ("name: [\n", "add the closing bracket: ]"),
        ('name: App\nicon: "icons\\logo.png"\n', "paths are written with forward slashes"),
    ],
)
def test_the_hint_shows_how_it_is_written(text: str, hint: str) -> None:
    assert hint in only(text).hint


@pytest.mark.parametrize(
    "text",
    [
        "name: App\nsubtitle: # to be written\n",
        "name: App #7a1fa2\n",
        "name: App\nlinks: #here\n  website: https://example.com/\n",
        "name: Le “meilleur” des cas\n",
        "name: “Best” of all\n",
        'name: "“App”"\n',
        "name: Prix\u00a0total\n",
        "name: >\n  <<<<<<< text\n",
        '{"name": "App", "icon": "a.png",}\n',
        "{name: App,\n icon: a.png,\n}\n",
        "name: App\nplatforms: [ios,\n  android]\n",
        'name: "App,"\nsubtitle: Wide, and\n  long\n',
        "name: App\ndescription: |\n  Hello: all,\n  - you,\n  and everybody,\n",
    ],
)
def test_what_only_looks_like_a_slip_is_left_alone(text: str) -> None:
    assert problems_of(text) == ()


def test_a_key_that_is_there_is_not_taken_for_a_misspelt_one() -> None:
    found = read_record("name: App\nnaem: B\n", "a.yaml", AppRecord)
    assert [problem.code for problem in found.problems] == ["unknown-key"]
    assert ("name",) not in found.dropped


@pytest.mark.parametrize("name", ["„Ja“ und „Nein“", "““", "“", "“Rider” beta", "Rider ’24’"])
def test_quotes_that_belong_to_a_text_are_no_mistake(name: str) -> None:
    assert problems_of(f"name: {name}\n") == ()
    assert read_record(f"name: {name}\n", "a.yaml", AppRecord).require().name == name
