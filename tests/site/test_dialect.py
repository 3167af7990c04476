"""Release notes as people write them: on GitHub, in editors, by changelog tools."""

from __future__ import annotations

import re

import pytest

from otasite.site.layout import laid_out
from otasite.site.markup import Converter
from otasite.site.notes import Notes


def html(text: str) -> str:
    """The converted text with every run of white space as one space, and none around tags."""
    found = Notes().html(text, root="../")
    return re.sub(r"\s*(<[^>]*>)\s*", r"\1", re.sub(r"\s+", " ", found))


def items(*contents: str, tag: str = "ul") -> str:
    return f"<{tag}>{''.join(f'<li>{content}</li>' for content in contents)}</{tag}>"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("New:\n- a\n- b", "<p>New:</p>" + items("a", "b")),
        ("New:\n* a\n* b\n\nThat is all.", "<p>New:</p>" + items("a", "b") + "<p>That is all.</p>"),
        ("Steps:\n1. a\n2. b", "<p>Steps:</p>" + items("a", "b", tag="ol")),
        ("## New\n- a\n## Fixed\n- b", "<h3>New</h3>" + items("a") + "<h3>Fixed</h3>" + items("b")),
        ("In the year\n2027. Or later.", "<p>In the year 2027. Or later.</p>"),
        ("1) a\n2) b", items("a", "b", tag="ol")),
        ("• a\n• b", items("a", "b")),
        ("- a\n1. b", items("a") + items("b", tag="ol")),
        ("> Said:\n> - a\n>   - b", f"<blockquote><p>Said:</p>{items('a' + items('b'))}</blockquote>"),
    ],
)
def test_a_list_stands_where_people_put_it(text: str, shown: str) -> None:
    assert html(text) == shown


@pytest.mark.parametrize("indent", ["  ", "   ", "    ", "\t"])
@pytest.mark.parametrize("marker", ["- ", "* ", "+ "])
def test_sub_lists_are_indented_by_two_to_four_spaces(indent: str, marker: str) -> None:
    text = f"{marker}a\n{indent}{marker}b\n{indent * 2}{marker}c\n{indent}{marker}d\n{marker}e"
    assert html(text) == items("a" + items("b" + items("c"), "d"), "e")


def test_numbers_and_bullets_stand_in_each_other() -> None:
    assert html("1. a\n   - b\n2. c") == items("a" + items("b"), "c", tag="ol")
    assert html("- a\n  1. b\n  2. c") == items("a" + items("b", "c", tag="ol"))


@pytest.mark.parametrize(("marker", "indent"), [("- ", "  "), ("1. ", "   "), ("- ", "    "), ("1. ", "  ")])
def test_an_item_has_a_second_paragraph(marker: str, indent: str) -> None:
    tag = "ol" if marker == "1. " else "ul"
    text = f"{marker}a\n\n{indent}more of a\n{marker}b"
    assert html(text) == items("<p>a</p><p>more of a</p>", "<p>b</p>", tag=tag)


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        ("```sh\nmake\n  site\n```", "<pre><code>make site</code></pre>"),
        ("> said", "<blockquote><p>said</p></blockquote>"),
        ("| x | y |\n| - | - |\n| 1 | 2 |", "<td>1</td>"),
    ],
    ids=["code", "quote", "table"],
)
def test_an_item_has_other_things_in_it(inside: str, shown: str) -> None:
    indented = "\n".join(f"  {line}" for line in inside.split("\n"))
    found = html(f"- a\n{indented}\n- b")
    assert found.startswith("<ul><li><p>a</p>")
    assert found.endswith("</li><li><p>b</p></li></ul>")
    assert shown in found


def test_lines_of_an_item_may_begin_anywhere() -> None:
    assert html("- a\n  goes on\n- b\ngoes on") == items("a goes on", "b goes on")


def test_code_is_never_touched() -> None:
    code = "x:\n- a\n  - b\n\n1) c\n~~d~~ https://e.de"
    shown = f"<pre><code>{code}\n</code></pre>"
    for text in (f"```\n{code}\n```", "\n".join(f"    {line}" if line else "" for line in code.split("\n"))):
        assert Notes().html(text, root="") == shown
    assert html(f"`{'~~x~~'}`") == "<p><code>~~x~~</code></p>"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("- a\n\n      one\n        two\n      - three\n      ***\n\n      end", "one\n  two\n- three\n***\n\nend"),
        ("1. Run:\n\n       make\n       # site\n\n   Then.", "make\n# site"),
        ("- a\n  - b\n\n        one\n          two\n\n- c", "one\n  two"),
        ("    a\n    ***\n    b | c\n    --- | ---", "a\n***\nb | c\n--- | ---"),
        ("> a\n> ```\n> one\n>\n>   - two\n> ```\n> b", "one\n\n  - two"),
        ("> - a\n>\n>       one\n>       - two", "one\n- two"),
    ],
    ids=["item", "numbered item", "item in an item", "text", "quote", "item in a quote"],
)
def test_code_keeps_its_lines_and_their_indentation(text: str, code: str) -> None:
    found = Notes().html(text, root="")
    assert re.findall("<pre><code>(.*?)\n</code></pre>", found, re.DOTALL) == [code]


@pytest.mark.parametrize(
    "block",
    [
        "<pre>x:\n- a\n  - b\n\n    c\n</pre>",
        "<pre>x:\n<b>\n- a\n</b>\n  - b\n</pre>",
        "<div><div>\n- a\n</div>\n  - b\n</div>",
        "<!--\n- a\n\n  - b\n-->",
    ],
)
def test_blocks_of_html_are_left_as_they_are(block: str) -> None:
    assert Converter().convert(f"{block}\n\n- a\n  - b").startswith(f"{block}\n")
    assert html(f"{block}\n\n- a\n  - b").endswith(items("a" + items("b")))


@pytest.mark.parametrize("around", ["{}", "> {}", "- x\n\n  {}"], ids=["text", "quote", "item"])
def test_between_tags_with_blank_lines_is_markdown(around: str) -> None:
    lines = ["<details>", "<summary>More</summary>", "", "- **a**", "  - b", "", "</details>"]
    opening, _, before = around.rpartition("\n")
    indent = before.replace("{}", "")
    found = html("\n".join([opening, *(indent + line for line in lines), "", "After"]))
    inside = "<strong>a</strong>" + items("b")
    assert f"<details><summary>More</summary>{items(inside)}</details>" in found
    assert found.endswith("<p>After</p>")


def test_markdown_goes_on_after_an_element_on_one_line() -> None:
    assert html("<h2>New</h2>\n- a") == "<h3>New</h3>" + items("a")


def test_html_in_an_item_keeps_its_lines() -> None:
    found = Notes().html("- a\n\n  <pre>\n  x:\n    - y\n  </pre>\n- b", root="")
    assert "x:\n  - y\n</pre>" in found
    assert found.count("<li>") == 2


def test_what_stays_open_takes_no_more_than_it_must() -> None:
    assert html("<div>text\n\n- a") == f"text{items('a')}"
    assert html("<pre>text\n- a\n\n- b") == "<pre>text - a - b</pre>"
    assert html("<!-- text\n\n- a").endswith(items("a"))


def test_a_heading_may_be_indented() -> None:
    assert html("Text\n  ## New\n- a") == f"<p>Text</p><h3>New</h3>{items('a')}"


def test_lines_of_a_quote_may_end_with_a_break() -> None:
    assert html("> a  \n> b") == "<blockquote><p>a<br>b</p></blockquote>"


def test_tasks_have_boxes() -> None:
    assert html("- [x] a\n- [X] b\n- [ ] *c*\n- [d](https://d.de)") == items(
        "☑ a", "☑ b", "☐ <em>c</em>", '<a href="https://d.de" rel="noopener noreferrer">d</a>'
    ).replace("☐ <em>", "☐<em>")


def test_what_is_struck_out_is_deleted_text() -> None:
    assert html("~~gone~~ a ~b~ ~~ c") == "<p><del>gone</del>a ~b~ ~~ c</p>"


@pytest.mark.parametrize(
    ("text", "address", "after"),
    [
        ("See https://example.com/a_b?x=1#c.", "https://example.com/a_b?x=1#c", "."),
        ("(https://example.com/a)", "https://example.com/a", ")"),
    ],
)
def test_a_bare_address_is_a_link(text: str, address: str, after: str) -> None:
    assert f'<a href="{address}" rel="noopener noreferrer">{address}</a>{after}' in html(text)


def test_footnotes_lead_there_and_back_and_keep_to_their_text() -> None:
    first, second = (Notes().html(f"{word}[^1]\n\n[^1]: Note.\n", root="") for word in ("One", "Two"))
    names = [re.findall(r' id="([^"]*)"', found) for found in (first, second)]
    assert all(f'href="#{name}"' in found for found, own in zip((first, second), names, strict=True) for name in own)
    assert not set(names[0]) & set(names[1]), "several notes stand on one page"
    assert "Jump" not in first, "no English in pages of other languages"


def test_a_table_keeps_its_alignment_and_scrolls_by_itself() -> None:
    found = html("Text\n| a | b |\n| --- | ---: |\n| c | d |")
    assert found.startswith('<p>Text</p><div class="wide" tabindex="0"><table>')
    assert '<td align="right">d</td>' in found
    assert found.endswith("</table></div>")


def test_links_to_parts_of_a_text_find_their_headings() -> None:
    found = Notes().html("[down](#what-is-new)\n\n## What is new", root="")
    name = re.findall(r' id="([^"]*)"', found)
    assert len(name) == 1
    assert f'href="#{name[0]}"' in found
    assert ' id="what-is-new"' in Notes().html("## What is new", root="", heading=2), "a page has it as it is"


@pytest.mark.parametrize(
    "text",
    ["[x](javascript:x)", "[x](itms-services://?x)", "<a>x</a>", "[x](nowhere.html)", "[x](#no)", "[x](\\\\host\\x)"],
)
def test_a_link_without_an_address_is_only_words(text: str) -> None:
    assert html(text) == "<p>x</p>"


@pytest.mark.parametrize(
    "address", ["https://e.example/x.png", "//e.example/x.png", "\\\\host\\x.png", "\\/host/x.png", "/\\host/x.png",
                "data:image/png;base64,x", "x.png", ""]
)  # fmt: skip
def test_a_picture_that_is_not_there_is_its_words(address: str) -> None:
    assert html(f'<img src="{address}" alt="A &quot;view&quot;">') == "<p>A &quot;view&quot;</p>"
    assert html("<img>") in ("", "<p></p>")


@pytest.mark.parametrize(
    "text",
    ["- a\n- b", "Text\n\n- a\n\n- b", "1. a\n2. b", "# T\n\nText\n\n    code\n", "a\nb  \nc", "| a |\n| - |\n| b |"],
)
def test_what_stands_right_already_is_left_alone(text: str) -> None:
    lines = text.split("\n")
    once = laid_out(lines, str)
    assert [line for line in once if line] == [line for line in lines if line]
    assert laid_out(once, str) == once
