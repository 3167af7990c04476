"""The quick conversion gives exactly what python-markdown with everything gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown

from otasite.site.markup import EXTENSIONS, Converter

PIECES = [
    "`",
    "``",
    "```",
    "~~~",
    "\\",
    "[",
    "]",
    "(",
    ")",
    "![",
    "]:",
    "<",
    ">",
    "&",
    "&amp;",
    "*",
    "**",
    "***",
    "_",
    "__",
    "#",
    "## ",
    "> ",
    "- ",
    "* ",
    "1. ",
    "2) ",
    "\n",
    "\n\n",
    "  \n",
    "\t",
    " ",
    "    ",
    "|",
    "---",
    "===",
    "a",
    "b c",
    "| a | b |\n| --- | --- |\n| c | d |",
    "http://x.de",
    "<http://x.de>",
    "<a@b.de>",
    "<b>",
    "</b>",
    "<div>",
    "</div>",
    "<!-- c -->",
    ":",
    '"t"',
    "\x02",
    "\x03",
    "\r\n",
    "\r",
    "é",
    "\u2028",
    '[a]: /u "t"',
    "[a][b]",
    "[a]",
    "![a](b)",
    "[a](b)",
    "[a](<b c>)",
    "3",
    "klzzwxh:0000",
    "\x02klzzwxh:0000\x03",
    "wzxhzdk:0",
    "&copy;",
    "!",
    "\x0c",
    "\xa0",
]

NOTES = """\
## What is new

- **Faster** start, see [the report](https://example.com/a_b_c?x=1&y=2)
- `code` with *emphasis* and __more__
1. one
2. two

> quoted

| a | b |
| - | - |
| c | d |

```python
def f(): return "<&>"
```
Line one  \nline two <b>bold</b> &copy; AT&T
"""


class Stock:
    """An instance with everything, as the library comes."""

    def __init__(self) -> None:
        self._markdown = Markdown(extensions=list(EXTENSIONS), output_format="html")

    def convert(self, text: str) -> str:
        self._markdown.reset()
        return self._markdown.convert(text)


STOCK, QUICK = Stock(), Converter()


def outcome(converter: Stock | Converter, text: str) -> str | type[Exception]:
    try:
        return converter.convert(text)
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("text", ["", "Plain text.", NOTES, NOTES.replace("\n", "\r\n"), "a_b_c", "# Title\n\ntext"])
def test_ordinary_notes(text: str) -> None:
    assert QUICK.convert(text) == STOCK.convert(text)


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_combinations_of_everything_that_has_a_meaning(text: str) -> None:
    assert outcome(QUICK, text) == outcome(STOCK, text)


@given(st.text(alphabet="`\\[]()!<>&*_#|~-:. \n\tab1", max_size=60))
def test_random_text(text: str) -> None:
    assert outcome(QUICK, text) == outcome(STOCK, text)
