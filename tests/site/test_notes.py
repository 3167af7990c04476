"""Markdown becomes safe HTML that fits into a page's outline and works under any base path."""

from __future__ import annotations

import pytest

from otasite.site.notes import ROOT, Notes, gist


def html(text: str, *, root: str = "../", heading: int = 3) -> str:
    return Notes().html(text, root=root, heading=heading)


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("# One\n\n## Two", ["h3", "h4"]),
        ("## Two\n\n### Three\n\n## Two", ["h3", "h4", "h3"]),
        ("###### Six", ["h3"]),
        ("# One\n\n###### Six", ["h3", "h4"]),
    ],
)
def test_the_highest_heading_stands_where_the_page_wants_it(text: str, levels: list[str]) -> None:
    found = html(text)
    assert [found[i + 1 : i + 3] for i in range(len(found)) if found.startswith("<h", i)] == levels


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        '<a href="itms-services://?x">x</a>',
        "<iframe src='https://e.example'></iframe>",
        '<p style="color:red">x</p>',
        "<svg onload=alert(1)>",
        "[x](data:text/html,x)",
    ],
)
def test_nothing_dangerous_remains(text: str) -> None:
    found = html(text)
    for word in ("script", "onerror", "onload", "iframe", "style=", "itms-services", "data:", "javascript"):
        assert word not in found.replace("alert", "")


def test_addresses_from_the_root_follow_the_page() -> None:
    text = "[help](/help/) ![x](/img/x.png) [away](https://e.example/) [protocol](//e.example/)"
    notes = Notes()
    assert 'href="../help/"' in notes.html(text, root="../")
    assert 'src="../../img/x.png"' in notes.html(text, root="../../")
    assert 'href="https://e.example/"' in notes.html(text, root="../")
    assert notes.results.made == 1


def test_pictures_of_other_hosts_are_not_fetched() -> None:
    assert "src" not in html("![x](https://e.example/x.png)")
    assert "src" not in html("![x](//e.example/x.png)")


def test_the_mark_of_the_root_cannot_be_smuggled_in() -> None:
    assert html(f"a {ROOT} b", root="!!") == "<p>a  b</p>"


def test_the_gist_is_the_first_paragraph_as_plain_text() -> None:
    assert gist(html("# Title\n\nTea & *two*\ncups.\n\nMore.")) == "Tea & two cups."
    assert gist(html("- only\n- a list")) == ""
    long = gist(html("word, " * 80))
    assert len(long) <= 161
    assert long.endswith("word…")
    assert gist(html("字" * 200)) == "字" * 160 + "…"


def test_blank_text_is_nothing() -> None:
    assert html(" \n\t") == ""
