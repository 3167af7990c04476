"""Plain values → typed records; every mistake of a file with its place."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from otasite.catalogue.records import AppRecord, ReleaseRecord
from otasite.catalogue.site_record import SiteRecord
from otasite.problems import ProblemsFound
from otasite.problems.register import REGISTER
from otasite.typed_yaml.convert import Converted, convert, read_record
from otasite.typed_yaml.kinds import Expected, Mapping, RecordKind, expected
from otasite.typed_yaml.mistakes import UNUSABLE, Walk
from otasite.typed_yaml.reading import Where, read_yaml
from otasite.typed_yaml.scalars import typer
from tests.typed_yaml.reports import lines


class Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of the records that only these tests use."""


class Place(Strict):
    street: str
    number: Annotated[int, Meta(ge=1, le=99)] = 1


class Sample(Strict):
    """One field of every kind that records may use."""

    text: str
    short: Annotated[str, Meta(max_length=3, min_length=2)] | None = None
    code: Annotated[str, Meta(pattern=r"^[a-z]+\Z", description="Lower-case letters.")] | None = None
    bare: Annotated[str, Meta(pattern=r"^x")] | None = None
    choice: Literal["red", "green", "blue"] | None = None
    flag: bool | None = None
    number: int | None = None
    even: Annotated[int, Meta(multiple_of=2, gt=0, lt=100)] | None = None
    either: str | dict[str, str] | None = None
    place: str | Place | None = None
    places: tuple[Place, ...] | None = None
    few: Annotated[list[int], Meta(min_length=1, max_length=2)] | None = None
    by_code: dict[Annotated[str, Meta(pattern="^[a-z]+$")], Place] | None = None
    one_or_more: int | tuple[int, ...] | dict[str, bool] | None = None
    inner: Sample | None = None
    free: Any = None
    renamed: str | None = msgspec.field(default=None, name="re-named")


def read(text: str) -> Converted[Sample]:
    return read_record(text, "f.yaml", Sample)


# Values


def test_a_right_document_becomes_its_record() -> None:
    found = read(
        "text: 1.10\nflag: true\nnumber: -7\neven: 42\neither: {en: 0123}\nplace: {street: s, number: 9}\n"
        "places: [{street: no}]\nfew: [1, 2]\nby_code: {a: {street: x}}\none_or_more: {a: false}\n"
        "inner: {text: t, inner: {text: u, flag: TRUE}}\nfree: {a: [1]}\nre-named: r\n"
    )
    assert found.problems == ()
    assert found.require() == Sample(
        text="1.10",
        flag=True,
        number=-7,
        even=42,
        either={"en": "0123"},
        place=Place(street="s", number=9),
        places=(Place(street="no"),),
        few=[1, 2],
        by_code={"a": Place(street="x")},
        one_or_more={"a": False},
        inner=Sample(text="t", inner=Sample(text="u", flag=True)),
        free={"a": ["1"]},
        renamed="r",
    )


def test_the_document_itself_is_left_as_it_was_read() -> None:
    document = read_yaml("text: t\nnumber: 5\nplaces: [{street: s, number: 5}]\n", "f.yaml")
    for _ in range(2):
        convert(document, Sample).require()
    assert document.value == {"text": "t", "number": "5", "places": [{"street": "s", "number": "5"}]}


@pytest.mark.parametrize(
    ("written", "value"),
    [("0", 0), ("-3", -3), ("48211334", 48211334), ("'12'", 12), ("999999999999999999", 10**18 - 1)],
)
def test_whole_numbers(written: str, value: int) -> None:
    assert read(f"text: t\nnumber: {written}\n").require().number == value


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("0123", "leave out the leading zeros: 123"),
        ("1_000", "write only the digits: 1000"),
        ("1,000", "write only the digits: 1000"),
        ("1.0", "write only digits, without a unit or a decimal point"),
        ("12 MB", "write only digits, without a unit or a decimal point"),
        ("1e3", "write only digits, without a unit or a decimal point"),
        ("0x1F", "write only digits, without a unit or a decimal point"),
        ("+5", "write only digits, without a unit or a decimal point"),
        ("١٢", "write only digits, without a unit or a decimal point"),
        ("1000000000000000000", "the number is too large"),
        ("Null", "write only digits, without a unit or a decimal point"),
        ("''", "write only digits, without a unit or a decimal point"),
    ],
)
def test_what_is_no_whole_number(written: str, hint: str) -> None:
    (problem,) = read(f"text: t\nnumber: {written}\n").problems
    shown = written.strip("'")
    assert lines([problem]) == [f"f.yaml:2:9: bad-value: “number” must be a whole number, not “{shown}”"]
    assert problem.hint == hint


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("yes", "write true"),
        ("On", "write true"),
        ("1", "write true"),
        ("no", "write false"),
        ("OFF", "write false"),
        ("0", "write false"),
        ("ture", "did you mean “true”?"),
        ("tRUE", "did you mean “true”?"),
        ("perhaps", "write true or false"),
    ],
)
def test_what_is_neither_true_nor_false(written: str, hint: str) -> None:
    (problem,) = read(f"text: t\nflag: {written}\n").problems
    assert lines([problem]) == [f"f.yaml:2:7: bad-value: “flag” must be true or false, not “{written}”"]
    assert problem.hint == hint


# Mistakes

MISTAKES = {
    "unknown key": ("text: t\nnubmer: 1\n", ["2:1: unknown-key: there is no key “nubmer” here"]),
    "unknown key of a mapping": (
        "text: t\nplace: {street: s, nr: 1}\n",
        ["2:20: unknown-key: there is no key “nr” in “place”"],
    ),
    "unknown key of an item": (
        "text: t\nplaces:\n  - street: s\n    nr: 1\n",
        ["4:5: unknown-key: there is no key “nr” in item 1 of “places”"],
    ),
    "missing key": ("flag: true\n", ["1:1: missing-key: the key “text” is missing"]),
    "missing key of an empty file": ("", ["0:0: missing-key: the key “text” is missing"]),
    "key without a value": ("flag: true\ntext:\n", ["2:1: missing-key: the key “text” has no value"]),
    "missing key of an item": (
        "text: t\nplaces:\n  - number: 3\n",
        ["3:5: missing-key: the key “street” is missing"],
    ),
    "list for text": ("text: [a]\n", ["1:7: wrong-type: “text” must be text; this is a list"]),
    "mapping for text": ("text:\n  a: b\n", ["2:3: wrong-type: “text” must be text; this is a mapping"]),
    "text for a list": ("text: t\nfew: 1\n", ["2:6: wrong-type: “few” must be a list; this is text"]),
    "list for a mapping": (
        "text: t\nby_code: [a]\n",
        ["2:10: wrong-type: “by_code” must be a mapping; this is a list"],
    ),
    "list for a choice": (
        "text: t\nchoice: [red]\n",
        ["2:9: wrong-type: “choice” must be blue, green or red; this is a list"],
    ),
    "list for either": (
        "text: t\neither: [a]\n",
        ["2:9: wrong-type: “either” must be text or a mapping; this is a list"],
    ),
    "mapping for a flag": (
        "text: t\nflag: {}\n",
        ["2:7: wrong-type: “flag” must be true or false; this is a mapping"],
    ),
    "inside either": (
        "text: t\neither: {en: [a]}\n",
        ["2:14: wrong-type: “en” must be text; this is a list"],
    ),
    "inside one of three": (
        "text: t\none_or_more: [a]\n",
        ["2:15: bad-value: item 1 of “one_or_more” must be a whole number, not “a”"],
    ),
    "wrong choice": ("text: t\nchoice: gren\n", ["2:9: bad-value: “choice” cannot be “gren”"]),
    "pattern": ("text: t\ncode: A-1\n", ["2:7: bad-value: “code” cannot be “A-1”"]),
    "pattern and a line end": ("text: t\ncode: |\n  abc\n", ["2:7: bad-value: “code” cannot be “abc”"]),
    "pattern of a key": ("text: t\nby_code:\n  A: {street: s}\n", ["3:3: bad-value: a key cannot be “A”"]),
    "too short": ("text: t\nshort: a\n", ["2:8: bad-value: “short” needs at least 2 characters; it has 1"]),
    "too long": (
        "text: t\nshort: äöüß\n",
        ["2:8: bad-value: “short” may have at most 3 characters; it has 4"],
    ),
    "too few": ("text: t\nfew: []\n", ["2:6: bad-value: “few” needs at least 1 items; it has 0"]),
    "too many": ("text: t\nfew: [1, 2, 3]\n", ["2:6: bad-value: “few” may have at most 2 items; it has 3"]),
    "too small": ("text: t\neven: 0\n", ["2:7: bad-value: “even” must be more than 0, not 0"]),
    "too large": ("text: t\neven: 100\n", ["2:7: bad-value: “even” must be less than 100, not 100"]),
    "odd": ("text: t\neven: 3\n", ["2:7: bad-value: “even” must be a multiple of 2, not 3"]),
    "least": (
        "text: t\nplace: {street: s, number: 0}\n",
        ["2:28: bad-value: “number” must be 1 or more, not 0"],
    ),
    "most": (
        "text: t\nplace: {street: s, number: 100}\n",
        ["2:28: bad-value: “number” must be 99 or less, not 100"],
    ),
    "deep inside": (
        "text: t\ninner:\n  text: t\n  inner:\n    text: t\n    flag: yes\n",
        ["6:11: bad-value: “flag” must be true or false, not “yes”"],
    ),
    "once for an anchor": (
        "text: t\nplaces: [&p {street: s, number: 0}, *p]\n",
        ["2:33: bad-value: “number” must be 1 or more, not 0"],
    ),
    "together with the YAML's own": (
        "text: t\ntext: u\nflag: !!bool yes\nfew: [1, ~]\nchoice: pink\nnone: 1\n",
        [
            "2:1: duplicate-key: “text” is already written on line 1, column 1",
            "3:7: bad-value: “flag” must be true or false, not “yes”",
            "3:7: yaml-tag: the tag “!!bool” is not used here",
            "4:10: empty-item: this list item has no value",
            "5:9: bad-value: “choice” cannot be “pink”",
            "6:1: unknown-key: there is no key “none” here",
        ],
    ),
}


@pytest.mark.parametrize(("text", "reports"), MISTAKES.values(), ids=MISTAKES.keys())
def test_every_mistake_is_reported_at_its_place(text: str, reports: list[str]) -> None:
    problems = read(text).problems
    assert lines(problems) == [f"f.yaml:{report}".replace(":0:0", "") for report in reports]
    assert {problem.code for problem in problems} <= REGISTER.keys()


HINTS = {
    "near miss": ("nubmer: 1", "did you mean “number”? known here: text, short, code"),
    "other spelling": ("Re Named: 1", "did you mean “re-named”?"),
    "nothing near": ("zzz: 1", "known here: text, short, code"),
    "belongs inside": ("street: s", "it belongs inside “place:”, indented below it"),
    "belongs outside": ("place: {street: s, flag: true}", "it belongs further out: indent it less"),
    "choice": ("choice: RED", "did you mean “red”? possible: blue, green, red"),
    "described pattern": ("code: A", "lower-case letters"),
    "bare pattern": ("bare: A", "it must match ^x"),
    "word for a list": ("few: 7", "write [7], or each item on a line of its own after “- ”"),
    "words for a list": ("few: 7 and 8", "write each item on a line of its own after “- ”"),
    "text for a record": ("inner: a", "write its keys below it, indented: text, short"),
    "list for a mapping": ("by_code: [a]", "write “key: value” lines below it, indented"),
    "list for text": ("short: [a]", "write the value on the line of its key"),
}


@pytest.mark.parametrize(("line", "hint"), HINTS.values(), ids=HINTS.keys())
def test_hints_say_what_to_do(line: str, hint: str) -> None:
    (problem,) = read(f"text: t\n{line}\n").problems
    assert problem.hint.startswith(hint)


def test_a_stray_key_is_sent_through_two_levels() -> None:
    (problem,) = read_record("name: n\nsha256: abc\n", "f.yaml", AppRecord).problems
    assert problem.hint == "it belongs inside “defaults: ios:” or “defaults: android:”, indented below it"


def test_long_values_are_shortened() -> None:
    (problem,) = read(f"text: t\ncode: {'A' * 500}\n").problems
    assert problem.message == f"“code” cannot be “{'A' * 59}…”"


def test_a_file_that_cannot_be_read_has_no_value() -> None:
    found = read("text: 'x\n")
    assert found.value is None
    assert lines(found.problems) == ["f.yaml:1:7: yaml-syntax: the quote that opens here is never closed"]


# What is left of a file with mistakes


def test_what_is_right_is_kept_and_the_rest_is_named() -> None:
    found = read(
        "nmae: t\nflag: yes\nnumber: 3\nplace: {number: 4}\nby_code: {a: {street: s}, b: {}, C: {street: s}}\n"
        "places: [{street: s}, {number: 1}]\neither: {en: a, de: [b]}\ninner: {text: u, odd: 1}\n"
    )
    assert found.value == Sample(
        text="(text)",
        number=3,
        by_code={"a": Place(street="s")},
        either={"en": "a"},
        inner=Sample(text="u"),
    )
    assert found.dropped == {
        ("nmae",),
        ("text",),
        ("flag",),
        ("place",),
        ("by_code", "b"),
        ("by_code", "C"),
        ("places",),
        ("either", "de"),
        ("inner", "odd"),
    }


def test_a_record_with_mistakes_cannot_be_required() -> None:
    with pytest.raises(ProblemsFound) as found:
        read("text: t\nflag: yes\nnumber: x\n").require()
    assert len(found.value.problems) == 2


def test_a_milder_mistake_keeps_the_whole_value_and_still_fails() -> None:
    found = read("text: t\ntext: u\n")
    assert found.value == Sample(text="t")
    with pytest.raises(ProblemsFound):
        found.require()


class Picky(Strict):
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


def test_a_refusal_by_the_struct_itself_is_a_problem_too() -> None:
    found = read_record("\nlow: 2\nhigh: 1\n", "f.yaml", Picky)
    assert found.value is None
    assert lines(found.problems) == ["f.yaml:2:1: bad-value: low is above high"]


# Parts of a document


def test_one_part_is_converted_with_its_own_positions() -> None:
    document = read_yaml("a: 1\na: 2\nparts:\n  - street: s\n  - number: x\n    street: t\n    nr: 1\n", "f.yaml")
    assert convert(document, Place, base=("parts", 0)) == Converted(Place(street="s"))
    second = convert(document, Place, base=("parts", 1))
    assert second.value == Place(street="t")
    assert second.dropped == {("parts", 1, "number"), ("parts", 1, "nr")}
    assert lines(second.problems) == [
        "f.yaml:5:13: bad-value: “number” must be a whole number, not “x”",
        "f.yaml:7:5: unknown-key: there is no key “nr” in item 2 of “parts”",
    ]


def test_a_part_of_another_shape() -> None:
    document = read_yaml("parts: [text]\n", "f.yaml")
    found = convert(document, Place, base=("parts", 0))
    assert found.value is None
    assert lines(found.problems) == ["f.yaml:1:9: wrong-type: item 1 of “parts” must be a mapping; this is text"]


def test_a_part_that_is_not_there_is_the_callers_mistake() -> None:
    document = read_yaml("parts: [text]\n", "f.yaml")
    with pytest.raises(IndexError):
        convert(document, Place, base=("parts", 1))
    with pytest.raises(KeyError):
        convert(document, Place, base=("prats",))


# Types


@pytest.mark.parametrize(
    "type_",
    [float, bytes, set[str], tuple[int, str], int | str, bool | int, dict[int, str], Literal[1, 2], list[int | str]],
)
def test_types_whose_mistakes_would_be_ambiguous_are_refused(type_: Any) -> None:
    with pytest.raises(TypeError, match=r"a record may not use|must be text"):
        expected(type_)


class Loose(msgspec.Struct):
    """A struct that lets unknown keys pass."""

    number: int = 0


@pytest.mark.parametrize("text", ["other: [1]\nnumber: 5\n", "number: 5\n"])
def test_an_open_struct_ignores_other_keys(text: str) -> None:
    assert read_record(text, "f.yaml", Loose) == Converted(Loose(number=5))


def test_an_open_struct_reports_its_own_keys_only() -> None:
    found = read_record("other: [1]\nnumber: five\n", "f.yaml", Loose)
    assert found.value == Loose()
    assert found.dropped == {("number",)}


# Properties: the way that reports mistakes and the way that is quick judge alike

PLAIN_WORDS = [
    "",
    " ",
    "a",
    "AB",
    "abc",
    "abc\n",
    "äöüß",
    "red",
    "ios",
    "iphone",
    "public",
    "ad-hoc",
    "en",
    "de-AT",
    "null",
]
NUMBERS = ["1", "0", "-1", "42", "99", "100", "0123", "1_000", "1.0", "1e3", "16.4", "9" * 18, "9" * 19]
SPECIAL = [
    "true",
    "True",
    "yes",
    "2026-03-31",
    "2026-3-1",
    "https://a.example/b",
    "http://a.example",
    "a" * 64,
    "a@b.c",
]
WORDS = st.sampled_from([*PLAIN_WORDS, *NUMBERS, *SPECIAL])
RECORDS: list[Any] = [Sample, SiteRecord, AppRecord, ReleaseRecord]
FIELDS = sorted({name for type_ in RECORDS for name in type_.__struct_encode_fields__})
ANYTHING = WORDS | st.lists(WORDS, max_size=2) | st.dictionaries(st.sampled_from(FIELDS) | WORDS, WORDS, max_size=2)


def values_for(wanted: Expected, depth: int = 3) -> st.SearchStrategy[Any]:
    """Values that are mostly what ``wanted`` asks for, and otherwise anything."""
    options = [ANYTHING, WORDS]
    if depth and wanted.listing:
        options += [st.lists(values_for(wanted.listing.item, depth - 1), max_size=3)] * 2
    if depth and isinstance(wanted.mapping, RecordKind):
        known = {name: values_for(member.expected, depth - 1) for name, member in wanted.mapping.members.items()}
        needed = {name: known.pop(name) for name, member in wanted.mapping.members.items() if member.required}
        options += [st.fixed_dictionaries(needed, optional=known)] * 4
    if depth and isinstance(wanted.mapping, Mapping):
        options += [st.dictionaries(WORDS, values_for(wanted.mapping.value, depth - 1), max_size=3)] * 2
    return st.one_of(options)


def file_of(type_: Any) -> st.SearchStrategy[tuple[Any, str]]:
    mappings = values_for(expected(type_)).filter(lambda value: isinstance(value, dict))
    return st.tuples(st.just(type_), mappings.map(yaml.safe_dump))


FILES = st.one_of([file_of(type_) for type_ in RECORDS])


@given(FILES)
def test_mistakes_are_found_exactly_where_the_quick_way_fails(sample: tuple[Any, str]) -> None:
    type_, text = sample
    document = read_yaml(text, "f.yaml")
    walk = Walk(Where(lambda: document), ())
    typed = typer(type_)(document.value)
    cleaned = walk.value(expected(type_), typed, ())
    try:
        value = msgspec.convert(typed, type_)
    except msgspec.ValidationError:
        assert walk.problems
    else:
        assert walk.problems == ()
        assert msgspec.convert(cleaned, type_) == value
    if cleaned is not UNUSABLE:
        msgspec.convert(cleaned, type_)  # what is left is right


@given(FILES)
def test_a_record_written_down_reads_back_as_itself(sample: tuple[Any, str]) -> None:
    type_, text = sample
    found = read_record(text, "f.yaml", type_)
    if found.value is not None:
        again = yaml.safe_dump(msgspec.to_builtins(found.value))
        assert read_record(again, "f.yaml", type_) == Converted(found.value)
