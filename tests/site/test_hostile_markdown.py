"""Texts written against the converter: they end soon, with a problem or with a page, and never take the memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.site.markup import MAX_DEPTH, Converter, TooMuch
from tests.binaries.measuring import NEEDS_PROC, measured_run
from tests.projects import example

CONVERSION = """
from otasite.site.notes import Notes
unit, count = sys.argv[1].encode().decode("unicode_escape"), int(sys.argv[2])
converted = Notes().converted(unit * count)
print(converted.fault.partition(" (")[0] or "converted")
"""
#: Pieces that were or are dear for python-markdown, repeated; what becomes of them.
MARKS, TAGS, DEEP = "too many marks stand in one paragraph", "too many tags", "lists and quotes stand in each other"
ATTACKS = [
    ("[", 20_000, MARKS),
    ("![[", 6_000, MARKS),
    ("[a](<", 3_000, ""),
    ('[a](b \\"', 20_000, MARKS),
    ("*a **b ", 20_000, MARKS),
    ("_a __b", 20_000, MARKS),
    ("`` ` ", 20_000, MARKS),
    ("~~a ", 20_000, MARKS),
    ("<a ", 60_000, "too many tags"),
    ("<div>", 60_000, TAGS),
    ("<!--", 60_000, TAGS),
    ("<b>", 20_000, ""),
    ("- a - ", 500, ""),
    ("> ", 20_000, DEEP),
    ("- > ", 5_000, DEEP),
    ("1. - ", 5_000, DEEP),
    ("```a\\n", 60_000, "too many blocks of code begin"),
    ("# a\\n", 70_000, "converted"),
    ("a\\n---\\n", 45_000, "converted"),
    ("a\\n\\n", 99_000, "converted"),
    ("[a]: b\\n", 40_000, ""),
    ("[^a]: [^a]\\n\\n", 20_000, ""),
    ("|a", 150_000, "converted"),
    ("a" * 400_000, 1, "the text has more than 300,000 characters"),
]


@pytest.mark.slow
@NEEDS_PROC
@pytest.mark.parametrize(("unit", "count", "outcome"), ATTACKS, ids=[unit[:12] for unit, _, _ in ATTACKS])
def test_a_text_against_the_converter_costs_little(unit: str, count: int, outcome: str) -> None:
    done = measured_run(CONVERSION, unit if len(unit) < 100 else "a", str(count if len(unit) < 100 else len(unit)))
    assert done.printed.startswith(outcome)
    assert done.seconds < 15
    assert done.peak < 400 * 2**20


@NEEDS_PROC
def test_a_table_of_many_columns_and_short_rows_is_refused() -> None:
    script = CONVERSION.replace(
        "unit * count", "'|a' * count + chr(10) + '|-' * count + chr(10) + '|' * 0 + ('|' + chr(10)) * count"
    )
    done = measured_run(script, "a", "20000")
    assert done.printed == "a table has more than 50,000 cells"
    assert done.peak < 200 * 2**20


def test_lists_of_an_ordinary_depth_are_read() -> None:
    text = "\n".join(f"{'  ' * level}- {level}" for level in range(MAX_DEPTH - 2))
    assert Converter().convert(text).count("<ul>") == MAX_DEPTH - 2
    with pytest.raises(TooMuch, match="deep"):
        Converter().convert("\n".join(f"{'  ' * level}- {level}" for level in range(2 * MAX_DEPTH)))


def test_a_text_after_one_that_was_too_much_is_read_as_ever() -> None:
    converter = Converter()
    before = converter.convert("> - a\n> - b")
    with pytest.raises(TooMuch):
        converter.convert("> " + "- " * 500 + "a")
    assert converter.convert("> - a\n> - b") == before


def test_the_place_is_told(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.write("content/pages/about.md", "# About\n\nText.\n\n" + "see [" * 20_000)
    sandbox.write(
        "content/apps/notes/releases/1.1-2.yaml",
        'version: "1.1"\nbuild: "2"\ndate: 2026-05-02\nios: {url: https://a.example/a.ipa}\n',
    )
    sandbox.write("content/apps/notes/releases/1.1-2.md", "Text.\n\n" + "- " * 500 + "x\n")
    problems = [(str(problem.location), problem.code) for problem in sandbox.check()]
    assert problems == [("content/apps/notes/releases/1.1-2.md:3:1", "long-markdown")]
    (sandbox.root / "content/apps/notes/releases/1.1-2.md").unlink()
    problems = [(str(problem.location), problem.code) for problem in sandbox.check()]
    assert problems == [("content/pages/about.md:5:1", "long-markdown")]
