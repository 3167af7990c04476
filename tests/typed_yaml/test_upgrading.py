"""YAML of earlier versions: still read, with a warning, and rewritten so that nothing else moves."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otasite.catalogue.records import AppRecord, ReleaseRecord
from otasite.typed_yaml.convert import read_record
from otasite.typed_yaml.kinds import RecordKind, expected, with_new_names
from otasite.typed_yaml.record import Replaced
from otasite.typed_yaml.upgrading import Zone, upgraded

BEFORE = """\
# top
name: Rider
# the ticket
x-jira: RID-1 # here
icon: a.png

# owner of it
x-owner:
  team: blue
  # inner

  people: [a, b]
defaults:
  x-note: |
    two
    lines
  extra:
    kept: 1
releases:
  - x-a: 1
    version: 1
    build: 2
    date: 2026-01-02T09:30 # when
    ios: {url: https://a.example.com/a.ipa, x-b: 2}
"""
AFTER = """\
# top
name: Rider
extra:
  # the ticket
  jira: RID-1 # here
  # owner of it
  owner:
    team: blue
    # inner

    people: [a, b]
icon: a.png

defaults:
  extra:
    kept: 1
    note: |
      two
      lines
releases:
  - extra:
      a: 1
    version: 1
    build: 2
    date: 2026-01-02T09:30Z # when
    ios: {url: https://a.example.com/a.ipa, extra: {b: 2}}
"""


def test_old_keys_are_rewritten_and_comments_and_layout_stay() -> None:
    assert upgraded(BEFORE, "app.yaml", AppRecord, zone=Zone("Z", frozenset({"date", "expires"}))) == (AFTER, ())


def test_what_is_rewritten_is_read_as_before_without_a_warning() -> None:
    before, after = (read_record(text, "app.yaml", AppRecord) for text in (BEFORE, AFTER.replace("30Z", "30")))
    assert before.value == after.value
    assert after.problems == ()
    assert {problem.code for problem in before.problems} == {"deprecated-key"}
    assert not any(problem.is_error for problem in before.problems)
    assert "“x-jira” is called “extra: jira” now" in [problem.message for problem in before.problems]


def test_what_is_written_twice_is_a_mistake_and_not_rewritten() -> None:
    text = "name: a\nextra: {a: 2}\nx-a: 1\n"
    assert [problem.code for problem in read_record(text, "a.yaml", AppRecord).problems] == ["unknown-key"]
    found = upgraded(text, "a.yaml", AppRecord)
    assert found.text == text
    assert [str(problem.location) for problem in found.left] == ["a.yaml:3:1"]


@pytest.mark.parametrize(
    "text", ["{name: a, x-a: 1, x-b: 2}\n", "name: a\nx-a: 1\nextra: {b: 2}\n", "extra:\n  a: 1\nx-a: 2\nname: b\n"]
)
def test_what_cannot_be_rewritten_without_doubt_is_left_and_told(text: str) -> None:
    found = upgraded(text, "a.yaml", AppRecord)
    assert found.text == text
    assert found.left


def test_line_ends_of_windows_and_the_end_without_one_stay() -> None:
    text = "name: a\r\nx-a: 1\r\nx-b: 2\r\nicon: b\r\n"
    assert upgraded(text, "a", AppRecord).text == "name: a\r\nextra:\r\n  a: 1\r\n  b: 2\r\nicon: b\r\n"
    assert upgraded("name: a\nx-b: 2", "a", AppRecord).text == "name: a\nextra:\n  b: 2"


def test_moments_in_a_zone_of_the_site_are_left_alone() -> None:
    text = "version: 1\nbuild: 1\ndate: 2026-01-02T09:30\n"
    assert upgraded(text, "a", ReleaseRecord).text == text


def test_a_key_that_is_only_called_otherwise_keeps_its_place() -> None:
    plain = Replaced("old", "new", since="0.2.0")
    assert (plain.way("old"), plain.way("older"), plain.way("x")) == (("new",), (), ())
    rest = Replaced("x-*", "extra.*", since="0.2.0")
    assert (rest.way("x-a"), rest.way("x-"), rest.way("extra")) == (("extra", "a"), (), ())


_VALUES = st.sampled_from(
    ["1", '"two words"', "[a, b]", "\n    a: 1\n    b: 2", "|\n    some\n    lines", "{a: 1}", "a\n    b", "1 # why"]
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["x-a", "x-b", "x-c", "extra", "subtitle", "# note"]), _VALUES),
        unique_by=lambda e: e[0],
    )
)
def test_a_rewritten_file_never_says_anything_else(entries: list[tuple[str, str]]) -> None:
    lines = [name if name[0] == "#" else f"{name}: {value}" for name, value in entries]
    lines = ["extra:\n    z: 1" if line.startswith("extra") else line for line in lines]
    lines = ["subtitle: s" if line.startswith("subtitle") else line for line in lines]
    text = "\n".join(["name: a", *lines]) + "\n"
    found = upgraded(text, "a.yaml", AppRecord)
    before, after = (read_record(each, "a.yaml", AppRecord) for each in (text, found.text))
    assert before.value == after.value
    assert after.problems == () or found.left
    assert text.count("#") == found.text.count("#")


def test_very_many_keys_of_earlier_versions_are_moved_in_one_pass() -> None:
    """Copying what is there for each of them took minutes."""
    kind = expected(AppRecord).mapping
    assert isinstance(kind, RecordKind)
    extra = {"kept": "1"}
    value = {"name": "A", "extra": extra} | {f"x-{number}": "1" for number in range(100_000)}
    began = time.process_time()
    renamed, old = with_new_names(kind, value)
    assert time.process_time() - began < 20
    assert len(old) == 100_000 and len(renamed["extra"]) == 100_001
    assert extra == {"kept": "1"}, "what was read is not changed"
