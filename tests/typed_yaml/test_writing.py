"""YAML written and changed by otasite: what is read back is what was meant, and nothing else moved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otasite.problems import ProblemsFound, Refused
from otasite.typed_yaml.reading import read_yaml
from otasite.typed_yaml.writing import dumped, read_value, scalar, with_first_item, with_values

RELEASE = """\
# A release.
version: 1.0   # as people say it
build: "1"

# Where it is.
ios:
  url: https://example.com/a.ipa  # our server
  signing:
    type: ad-hoc
  chunks:
    - aa
    - bb
  # to be continued

notes: |
  One.

  Two.

# The end.
"""


def value(text: str) -> dict[str, Any]:
    return read_yaml(text, "x.yaml").value


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1.10", "1.10"),
        ("0123", "0123"),
        ("Example App", "Example App"),
        ("https://example.com/a b", "https://example.com/a b"),
        ("例 – x", "例 – x"),
        ("No", '"No"'),
        ("null", '"null"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("- a", '"- a"'),
        ("#1", '"#1"'),
        ("a #1", '"a #1"'),
        ("a ", '"a "'),
        ('say "x"', '"say \\"x\\""'),
        ("\u2028", '"\\U00002028"'),
        ("\x07", '"\\u0007"'),
    ],
)
def test_scalars(text: str, written: str) -> None:
    assert scalar(text) == written
    assert value(f"k: {written}\n") == {"k": text}


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff\ufffe\uffff"), max_size=30)
KEYS = st.sampled_from(["version", "build", "date", "team", "branch"])
LEAVES = TEXT | st.lists(TEXT, min_size=1, max_size=6)
VALUES = st.dictionaries(KEYS, LEAVES | st.dictionaries(KEYS, LEAVES, min_size=1, max_size=3), min_size=1, max_size=4)


def as_read(written: Any) -> Any:
    """What reading gives back: text over several lines loses spaces at its lines' ends, and gains a last line end."""
    if isinstance(written, dict):
        return {key: as_read(item) for key, item in written.items()}
    return written


@given(VALUES)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_what_is_written_is_read(values: dict[str, Any]) -> None:
    flat = _without_line_ends(values)
    assert value(dumped(flat)) == as_read(flat)


@given(VALUES)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_changes_set_their_keys_and_nothing_else(values: dict[str, Any]) -> None:
    flat = _without_line_ends(values)
    before = value(RELEASE)
    try:
        changed = with_values(RELEASE, "x.yaml", (), flat)
    except Refused:
        return  # a text cannot be merged with a mapping
    expected = before | flat
    assert value(changed) == expected
    assert all(f"#{comment}\n" in changed for comment in comments(RELEASE))


def _without_line_ends(written: Any) -> Any:
    if isinstance(written, dict):
        return {key: _without_line_ends(item) for key, item in written.items()}
    if isinstance(written, list):
        return [_without_line_ends(item) for item in written]
    return written.replace("\n", " ")


def test_a_mapping_is_merged_and_comments_stay() -> None:
    values: dict[str, Any] = {
        "ios": {"size": 5, "chunks": ["c" * 64, "d" * 64], "signing": {"expires": "2027-01-01"}}
    }
    changed = with_values(RELEASE, "x.yaml", (), values)
    ios = value(changed)["ios"]
    assert ios["url"] == "https://example.com/a.ipa"
    assert ios["signing"] == {"type": "ad-hoc", "expires": "2027-01-01"}
    assert ios["chunks"] == ["c" * 64, "d" * 64]
    assert comments(changed) == comments(RELEASE)
    assert changed.startswith("# A release.\nversion: 1.0   # as people say it\n")
    assert changed.endswith("\n\n# The end.\n")


def test_text_over_several_lines() -> None:
    changed = with_values(RELEASE, "x.yaml", (), {"notes": "Three.\n\n- four\n- five\n"})
    assert value(changed)["notes"] == "Three.\n\n- four\n- five\n"
    assert "notes: |\n  Three.\n\n  - four\n  - five\n" in changed


@pytest.mark.parametrize("notes", ["  indented first\nx", "\n\n", "\ttab\nx", "a\x00b\nc"])
def test_awkward_texts_are_still_read_back(notes: str) -> None:
    found = value(dumped({"notes": notes, "after": "x"}))
    assert found["after"] == "x"
    assert found["notes"].split() == notes.replace("\x00", " ").split()


@pytest.mark.parametrize("text", ["", "# only a comment\n", "version: 1", "version: 1\r\nios:\r\n  url: x\r\n"])
def test_odd_files(text: str) -> None:
    changed = with_values(text, "x.yaml", (), {"build": "2", "ios": {"size": 3}})
    found = value(changed)
    assert (found["build"], found["ios"]["size"]) == ("2", "3")


def test_a_key_without_a_value_gets_one() -> None:
    assert value(with_values("notes:\nversion: 1\n", "x", (), {"notes": "n"})) == {"notes": "n", "version": "1"}
    assert value(with_values("ios:\nversion: 1\n", "x", (), {"ios": {"size": 1}})) == {
        "ios": {"size": "1"},
        "version": "1",
    }


def test_a_release_inside_a_list() -> None:
    text = "releases:\n  - version: 1\n    build: 1\n  - version: 2\n    build: 2  # last\nname: x\n"
    changed = with_values(text, "x", ("releases", 1), {"commit": "abc", "build": "3"})
    assert value(changed) == {
        "releases": [{"version": "1", "build": "1"}, {"version": "2", "build": "3", "commit": "abc"}],
        "name": "x",
    }
    assert "# last" in changed


def test_braces_are_refused_with_what_to_do() -> None:
    with pytest.raises(Refused) as caught:
        with_values("ios: {url: x}\n", "x.yaml", (), {"ios": {"size": 1}})
    assert "block style" in caught.value.hint


def test_text_that_is_no_yaml_is_a_problem() -> None:
    with pytest.raises(ProblemsFound):
        with_values("a: [", "x.yaml", (), {"b": "c"})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("name: A\n", 1),
        ("name: A", 1),
        ("name: A\nreleases:\n", 1),
        ("name: A\nreleases:\n  - version: 1  # old\n    build: 1\n", 2),
        ("releases:\n- version: 1\n  build: 1\nname: A\n", 2),
    ],
)
def test_a_new_first_item(text: str, count: int) -> None:
    changed = with_first_item(text, "x.yaml", "releases", {"version": "2", "ios": {"url": "u"}})
    found = value(changed)
    assert found["name"] == "A"
    assert found["releases"][0] == {"version": "2", "ios": {"url": "u"}}
    assert len(found["releases"]) == count


def test_a_list_in_brackets_is_refused() -> None:
    with pytest.raises(Refused):
        with_first_item("releases: [{version: 1}]\n", "x.yaml", "releases", {"version": "2"})


def test_values_are_found_by_their_path() -> None:
    assert read_value(RELEASE, "x", ("ios", "chunks", 1)) == "bb"
    assert read_value(RELEASE, "x", ("ios", "absent")) is None
    assert read_value(RELEASE, "x", ("version", "x")) is None
