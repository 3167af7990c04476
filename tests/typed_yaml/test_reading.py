"""YAML text → plain values and positions; what is wrong with the YAML itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from yaml.nodes import Node

from otasite.problems import Location, Problem, ProblemsFound
from otasite.problems.register import REGISTER
from otasite.typed_yaml.composing import MAX_CHARACTERS, FastestParser, PurePythonParser, compose
from otasite.typed_yaml.plain import Careful, not_given
from otasite.typed_yaml.reading import KeyPath, read_yaml
from otasite.typed_yaml.slips import in_smart_quotes
from otasite.typed_yaml.texts import Places, unprintable_in
from tests.typed_yaml.reports import lines


def problems_of(text: str | bytes) -> tuple[Problem, ...]:
    try:
        return read_yaml(text, "f.yaml").problems
    except ProblemsFound as found:
        return found.problems


# Values


@pytest.mark.parametrize(
    "written",
    ["1.10", "0123", "no", "on", "true", "0x1F", "1_000", "1e3", "2026-03-31", "12:30:45", ".inf", "Null", "NULL"],
)
def test_every_scalar_stays_the_text_that_was_written(written: str) -> None:
    document = read_yaml(f"a: {written}\nb: [{written}]\n", "f.yaml")
    assert document.value == {"a": written, "b": [written]}
    assert document.problems == ()


def test_nothing_means_not_given_and_quotes_mean_empty_text() -> None:
    text = "a:\nb: ~\nc: null\nd: ''\ne: \"\"\nf: '~'\ng: \"null\"\nh: {i: , j: x}\n"
    assert read_yaml(text, "f.yaml").value == {"d": "", "e": "", "f": "~", "g": "null", "h": {"j": "x"}}


def test_text_blocks_flow_collections_and_comments() -> None:
    text = (
        "# hello\n---\nnotes: |\n  - one\n  - two\nfolded: >-\n  a\n  b\nlist: [a, 'b, c']\nmap: {k: v}  # end\n...\n"
    )
    assert read_yaml(text, "f.yaml").value == {
        "notes": "- one\n- two\n",
        "folded": "a b",
        "list": ["a", "b, c"],
        "map": {"k": "v"},
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "~", "null\n", "\ufeff"])
def test_an_empty_file_is_an_empty_mapping(text: str) -> None:
    document = read_yaml(text, "f.yaml")
    assert document.value == {}
    assert document.problems == ()


def test_an_alias_repeats_its_anchor() -> None:
    document = read_yaml("a: &a {b: [c]}\nd: *a\ne: [*a, *a]\n", "f.yaml")
    assert document.value == {"a": {"b": ["c"]}, "d": {"b": ["c"]}, "e": [{"b": ["c"]}, {"b": ["c"]}]}


@pytest.mark.parametrize("text", ["\ufeffa: b\n", "\ufeffa: b\n".encode(), b"a: b\r\n", "a: b"])
def test_byte_order_mark_and_line_ends_do_not_matter(text: str | bytes) -> None:
    assert read_yaml(text, "f.yaml").value == {"a": "b"}


# Mistakes that stop the reading

SYNTAX = {
    "tab": ("a:\n\tb: 1\n", "2:1: yaml-syntax: a tab is used for indentation"),
    "tab after text": ("a: 1\n\tb: 2\n", "2:1: yaml-syntax: a tab is used for indentation"),
    "tab in a text block": ("a: |\n\tx\n", "2:1: yaml-syntax: a tab is used for indentation"),
    "colon in a value": (
        "title: Notes: the app\n",
        "1:13: yaml-syntax: there is a second colon with a space after it in this line",
    ),
    "no space after the colon": (
        "title: Notes\nurl:x\nname: y\n",
        "2:5: yaml-syntax: a space is missing after the colon of “url”",
    ),
    "no space after the first colon": (
        "title:Notes\nname: y\n",
        "1:7: yaml-syntax: a space is missing after the colon of “title”",
    ),
    "no space in a list": (
        "l:\n  - file:x\n    alt: y\n",
        "2:10: yaml-syntax: a space is missing after the colon of “file”",
    ),
    "no colon": (
        "title: Notes\nthe best app\n",
        "2:1: yaml-syntax: “the best app” is not of the form “key: value”",
    ),
    "key below text": (
        "a: x\n  b: y\n",
        "2:3: yaml-syntax: a key cannot start here: the lines above are still the text of a value",
    ),
    "open double quote": ('a: "x\nb: 2\n', "1:4: yaml-syntax: the quote that opens here is never closed"),
    "open single quote": ("a: 'x\nb: 2\n", "1:4: yaml-syntax: the quote that opens here is never closed"),
    "apostrophe": ("a: 'it's'\n", "1:8: yaml-syntax: the value goes on after its closing quote"),
    "text after a quote": ('a: "x" y\n', "1:8: yaml-syntax: the value goes on after its closing quote"),
    "escape": (
        'a: "C:\\dir"\n',
        "1:4: yaml-syntax: a backslash in this value starts an escape that YAML does not know",
    ),
    "hex escape": (
        'a: "\\xZZ"\n',
        "1:4: yaml-syntax: a backslash in this value starts an escape that YAML does not know",
    ),
    "open list": (
        "a: [1, 2\nb: 3\n",
        "1:4: yaml-syntax: what starts here with “[” is not closed, or a comma is missing in it",
    ),
    "open mapping": (
        "a: {x: 1\nb: 3\n",
        "1:4: yaml-syntax: what starts here with “{” is not closed, or a comma is missing in it",
    ),
    "colon in a list": (
        "a: [x:, y]\n",
        "1:6: yaml-syntax: a colon inside [ ] or { } needs a space after it, or quotes around the text it belongs to",
    ),
    "at sign": ("a: @x\n", "1:4: yaml-syntax: a value cannot start with “@”"),
    "percent": ("a: %x\n", "1:4: yaml-syntax: a value cannot start with “%”"),
    "percent line": ("%x\na: 1\n", "1:1: yaml-syntax: a line cannot start with “%”"),
    "comma": ("a: ,x\n", "1:4: yaml-syntax: a value cannot start with “,”"),
    "question mark": ("a: ? b\n", "1:4: yaml-syntax: a value cannot start with “? ”"),
    "bold Markdown": ("a: **new**\n", "1:4: yaml-syntax: the “*” here starts an alias in YAML"),
    "ampersand": ("a: & b\n", "1:4: yaml-syntax: the “&” here starts an anchor in YAML"),
    "greater than": ("a: >x\n", "1:4: yaml-syntax: the “>” here starts a folded text block in YAML"),
    "unknown alias": ("a: *new\n", "1:4: yaml-syntax: there is no anchor for the alias “*new” above"),
    "second anchor": ("a: &x y\nb: &x z\n", "2:4: yaml-syntax: this anchor is defined a second time"),
    "list on the key's line": ("a: - x\n", "1:4: yaml-syntax: a list cannot start on the line of its key"),
    "list among keys": ("a: 1\n- b\n", "2:1: yaml-syntax: a list item stands where a key is expected"),
    "key among items": ("- a\nb: 1\n", "2:1: yaml-syntax: a list item is expected here"),
    "no key": ("a: 1\n: b\n", "2:1: bad-key: a key is missing before this colon"),
    "crooked indentation": (
        "a:\n  b: 1\n c: 2\n",
        "3:2: yaml-syntax: the indentation of this line fits none of the lines above",
    ),
    "first line indented": (
        " a: 1\nb: 2\n",
        "2:1: yaml-syntax: this line does not belong to what is above it",
    ),
    "undefined tag": (
        "a: !x!y z\n",
        "1:4: yaml-tag: the “!” here starts a tag in YAML; tags are not used here",
    ),
    "second document": ("a: 1\n---\nb: 2\n", "2:1: several-documents: a second YAML document starts here"),
    "version": (
        "%YAML 9.1\n---\na: 1\n",
        "1:1: yaml-syntax: this is not valid YAML: found incompatible YAML document",
    ),
    "control character": (
        "a: 1\nb: x\x01y\n",
        "2:5: yaml-syntax: the character U+0001 is not allowed in YAML",
    ),
    "lone surrogate": ("a: \ud800\n", "1:4: yaml-syntax: the character U+D800 is not allowed in YAML"),
    "after U+2028": (
        "a: x\u2028y\n\tb: 1\n",
        "2:1: yaml-syntax: a tab is used for indentation",
    ),
    "old Mac line ends": ("a: 1\rb: @\r", "2:4: yaml-syntax: a value cannot start with “@”"),
}


@pytest.mark.parametrize(("text", "report"), SYNTAX.values(), ids=SYNTAX.keys())
def test_broken_syntax_is_explained_at_its_place(text: str, report: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        read_yaml(text, "f.yaml")
    assert lines(found.value.problems) == [f"f.yaml:{report}"]
    assert found.value.problems[0].hint


#: Here the two parsers see different things (PyYAML's own one even accepts the colon).
DIFFERENT = {"version", "percent line", "after U+2028", "colon in a list"}


@pytest.mark.parametrize("name", sorted(SYNTAX.keys() - DIFFERENT))
def test_the_parser_in_python_explains_the_same(name: str) -> None:
    text, report = SYNTAX[name]
    with pytest.raises(ProblemsFound) as found:
        compose(text, "f.yaml", PurePythonParser)
    assert lines(found.value.problems) == [f"f.yaml:{report}"]


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ("- a\n- b\n", "1:1: wrong-type: the file must hold “key: value” lines; this is a list"),
        ("# c\n\n  just text\n", "3:3: wrong-type: the file must hold “key: value” lines; this is text"),
        ("title:Notes", "1:1: wrong-type: the file must hold “key: value” lines; this is text"),
    ],
)
def test_the_top_level_is_a_mapping(text: str, report: str) -> None:
    assert lines(problems_of(text)) == [f"f.yaml:{report}"]


def test_a_lone_unspaced_line_is_told_about_the_space() -> None:
    assert "space after the colon" in problems_of("title:Notes")[0].hint


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("a: 1\n".encode("utf-16"), "f.yaml"),
        (b"a: 1\nname: caf\xe9\n", "f.yaml:2:10"),
        ("\ufeffé: ".encode() + b"\xff", "f.yaml:1:4"),
    ],
)
def test_only_utf8_is_read(data: bytes, place: str) -> None:
    assert lines(problems_of(data)) == [f"{place}: not-utf8: the file is not UTF-8 text"]


# Limits

TOO_DEEP = "yaml-too-large: lists and mappings are nested more than 40 levels deep here"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: " + "[" * 50 + "]" * 50, "1:43"),
        ("a: " + "[" * 200_000, "1:43"),
        ("- " * 200_000, "1:81"),
        ("{a: " * 100_000, "1:161"),
        ("".join("  " * level + "a:\n" for level in range(60)), "41:81"),
        ("a: &a " + "[" * 39 + "b" + "]" * 39 + "\nc: [*a]\n", "1:45"),
    ],
    ids=["small", "flow list", "list in list", "flow mapping", "block mapping", "through an alias"],
)
def test_deep_nesting_is_refused_before_it_can_hurt(text: str, place: str) -> None:
    assert lines(problems_of(text)) == [f"f.yaml:{place}: {TOO_DEEP}"]


def test_the_parser_in_python_survives_deep_nesting() -> None:
    """300 levels pass the first guard and exhaust that parser's own stack."""
    with pytest.raises(ProblemsFound) as found:
        compose("a: " + "[" * 700, "f.yaml", PurePythonParser)
    assert lines(found.value.problems) == [f"f.yaml:1:43: {TOO_DEEP}"]


def test_forty_levels_are_allowed() -> None:
    value: Any = read_yaml("a: " + "[" * 39 + "b" + "]" * 39, "f.yaml").value["a"]
    for _ in range(39):
        (value,) = value
    assert value == "b"


def test_a_file_has_a_largest_size() -> None:
    text = "a: |\n" + "  x\n" * (MAX_CHARACTERS // 4)
    assert lines(problems_of(text)) == [
        f"f.yaml: yaml-too-large: the file has {len(text):,} characters; 4,000,000 are the most"
    ]


def test_aliases_cannot_multiply_without_bound() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    (problem,) = problems_of("\n".join(rows))
    assert (problem.code, problem.message) == (
        "yaml-too-large",
        "aliases repeat more than 20,000 values of this file",
    )


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: {c: *a}}", "&a\nb: *a"])
def test_an_anchor_cannot_hold_itself(text: str) -> None:
    (problem,) = problems_of(text)
    assert (problem.code, problem.message) == ("yaml-syntax", "this anchor's value holds an alias of itself")


# Mistakes that do not stop the reading

MILD = {
    "duplicate": ("a: 1\nb: 2\na: 3\n", ["3:1: duplicate-key: “a” is already written on line 1, column 1"]),
    "duplicate of nothing": ("a:\na: 3\n", ["2:1: duplicate-key: “a” is already written on line 1, column 1"]),
    "three times": (
        "a: 1\na: 2\n'a': 3\n",
        [
            "2:1: duplicate-key: “a” is already written on line 1, column 1",
            "3:1: duplicate-key: “a” is already written on line 1, column 1",
        ],
    ),
    "nested duplicate": (
        "a:\n  - b: 1\n    b: 2\n",
        ["3:5: duplicate-key: “b” is already written on line 2, column 5"],
    ),
    "seen through two aliases": (
        "a: &a {b: 1, b: 2}\nc: [*a, *a]\n",
        ["1:14: duplicate-key: “b” is already written on line 1, column 8"],
    ),
    "collections as keys": (
        "[a]: 1\n? {b: c}\n: 2\n",
        [
            "1:1: bad-key: a list or a mapping cannot be a key",
            "2:3: bad-key: a list or a mapping cannot be a key",
        ],
    ),
    "template braces": ("a: {{ version }}\n", ["1:5: bad-key: a list or a mapping cannot be a key"]),
    "null as a key": ("~: b\n", ["1:1: bad-key: a key is missing before this colon"]),
    "empty key": ("?\n: b\n", ["1:2: bad-key: a key is missing before this colon"]),
    "merge": (
        "a: &a {b: 1}\nc:\n  <<: *a\n",
        ["3:3: merge-key: “<<” does not merge mappings here"],
    ),
    "tags": (
        "a: !!python/object/apply:os.system [x]\nb: !secret y\n!!str c: !!int '1'\n",
        [
            "1:4: yaml-tag: the tag “!!python/object/apply:os.system” is not used here",
            "2:4: yaml-tag: the tag “!secret” is not used here",
            "3:1: yaml-tag: the tag “!!str” is not used here",
            "3:10: yaml-tag: the tag “!!int” is not used here",
        ],
    ),
    "empty items": (
        "a:\n  -\n  - ~\n  - b\n",
        ["2:4: empty-item: this list item has no value", "3:5: empty-item: this list item has no value"],
    ),
}


@pytest.mark.parametrize(("text", "reports"), MILD.values(), ids=MILD.keys())
def test_milder_mistakes_are_collected(text: str, reports: list[str]) -> None:
    document = read_yaml(text, "f.yaml")
    assert lines(document.problems) == [f"f.yaml:{report}" for report in reports]
    assert all(problem.hint for problem in document.problems)


def test_the_first_of_two_equal_keys_counts() -> None:
    document = read_yaml("a: 1\nb: 2\na: {c: 3}\n", "f.yaml")
    assert document.value == {"a": "1", "b": "2"}
    assert document.locate(("a",)) == Location("f.yaml", 1, 4)


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    document = read_yaml("'<<': a\n", "f.yaml")
    assert (document.value, document.problems) == ({"<<": "a"}, ())


# Positions

SAMPLE = """\
# a comment
title: Notes
empty:
theme:
  name: default
  options: {accent: "#336699", "two words": x}
list:
  - a
  - ~
  - file: b
    alt: {en: c}
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (2, 1), (2, 1)),
        (("title",), (2, 8), (2, 1)),
        (("empty",), (3, 1), (3, 1)),
        (("theme",), (5, 3), (4, 1)),
        (("theme", "options", "accent"), (6, 21), (6, 13)),
        (("theme", "options", "two words"), (6, 45), (6, 32)),
        (("list", 0), (8, 5), (8, 5)),
        (("list", 1), (10, 5), (10, 5)),
        (("list", 1, "alt", "en"), (11, 15), (11, 11)),
        (("theme", "nme"), (5, 3), (5, 3)),
        (("list", 7, "alt"), (8, 3), (8, 3)),
        (("title", "deeper", 0), (2, 8), (2, 8)),
        (("nothing",), (2, 1), (2, 1)),
    ],
)
def test_positions_of_values_and_keys(path: KeyPath, value: tuple[int, int], key: tuple[int, int]) -> None:
    document = read_yaml(SAMPLE, "f.yaml")
    assert document.locate(path) == Location("f.yaml", *value)
    assert document.locate(path, key=True) == Location("f.yaml", *key)


def test_columns_count_characters_and_a_byte_order_mark_is_none() -> None:
    document = read_yaml("\ufeff{ü: 日本, \U0001f600: x}\r\n", "f.yaml")
    assert document.locate(("\U0001f600",)) == Location("f.yaml", 1, 12)


def test_an_empty_file_is_located_as_a_whole() -> None:
    assert str(read_yaml("# nothing\n", "f.yaml").locate(("a", 1))) == "f.yaml"


def test_a_key_without_a_value_is_mentioned() -> None:
    document = read_yaml("a:\nb: {c: ~, d: 1}\n", "f.yaml")
    assert all(document.mentions(path) for path in [("a",), ("b", "c"), ("b", "d"), ("b",)])
    assert not any(document.mentions(path) for path in [("c",), ("b", "e"), ("a", "b"), ("b", "c", "d")])


# Properties


def documents(characters: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    # What is told is none of them.
    texts = st.text(characters, max_size=12).filter(lambda text: not (in_smart_quotes(text) or unprintable_in(text)))
    values = st.recursive(
        texts, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
    )
    return st.dictionaries(texts, values, max_size=5)


#: PyYAML writes U+0085 and the Unicode line ends in a way that it does not read back itself.
DOCUMENTS = documents(st.characters(exclude_categories=["Cs", "Zl", "Zp"], exclude_characters="\x85\ufffe\uffff"))
PRINTABLE = documents(st.characters(exclude_categories=["Cs", "Zl", "Zp", "Cc"], exclude_characters="\ufffe\uffff"))


@given(DOCUMENTS, st.sampled_from([None, True, False]), st.sampled_from([None, "'", '"', "|"]), st.booleans())
def test_what_pyyaml_writes_is_read_back(value: Any, flow: bool | None, style: str | None, wide: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, default_style=style, allow_unicode=wide, sort_keys=False)
    document = read_yaml(text.replace("!!str ", ""), "f.yaml")
    assert document.value == value
    assert document.problems == ()


def paths(value: Any, path: KeyPath = ()) -> list[tuple[KeyPath, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for part, held in inside for found in paths(held, (*path, part)))]


@given(PRINTABLE)
def test_every_value_and_key_is_found_where_it_is_written(value: Any) -> None:
    """JSON is YAML in which each value shows what it is by its first character."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    document = read_yaml(text, "f.yaml")
    rows = text.split("\n")
    for path, held in paths(document.value):
        place = document.locate(path)
        opening = (
            "{" if isinstance(held, dict) else "[" if isinstance(held, list) else json.dumps(held, ensure_ascii=False)
        )
        assert rows[place.line - 1].startswith(opening, place.column - 1)
        if path and isinstance(path[-1], str):
            place = document.locate(path, key=True)
            assert rows[place.line - 1].startswith(json.dumps(path[-1], ensure_ascii=False), place.column - 1)


CHARACTERS = "ab01:[]{},#&*!|>'\"%@`~?-\n\r\t\0\x85\u2028\ufeffé\\"
WORDS = [
    " ",
    "\n  ",
    ": ",
    "- ",
    "? ",
    "<<",
    "null",
    "---\n",
    "...\n",
    "&a ",
    "*a",
    "!!str ",
    "a: ",
    "%YAML 1.1\n",
]
PIECES = st.sampled_from([*CHARACTERS, *WORDS])


@given(st.binary(max_size=40) | st.lists(PIECES, max_size=25).map("".join))
def test_nothing_but_located_problems_ever_comes_out(text: str | bytes) -> None:
    problems = problems_of(text)
    assert all(problem.code in REGISTER and problem.location is not None for problem in problems)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_the_quick_way_and_the_careful_way_agree(text: str) -> None:
    try:
        document = read_yaml(text, "f.yaml")
    except ProblemsFound:
        return
    root = compose(document.text, "f.yaml")
    if root is not None and not not_given(root):
        careful = Careful(Places(document.text, "f.yaml"))
        assert (careful.plain(root), careful.problems) == (document.value, document.problems)


def drawn(node: Any) -> object:
    """A tree of nodes with everything that reading looks at."""
    if isinstance(node, tuple | list):
        return [drawn(inner) for inner in node]
    if not isinstance(node, Node):
        return node
    return type(node), node.tag, getattr(node, "style", None) or "", node.start_mark.index, drawn(node.value)


@given(DOCUMENTS, st.sampled_from([None, True, False]), st.sampled_from([None, "'", '"', "|"]))
def test_both_parsers_read_the_same(value: Any, flow: bool | None, style: str | None) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, default_style=style)
    assert drawn(compose(text, "f.yaml", FastestParser)) == drawn(compose(text, "f.yaml", PurePythonParser))
