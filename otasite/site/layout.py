"""Lists, code and tables as people write them, laid out as python-markdown reads them.

GitHub, editors and changelog tools follow CommonMark: a list may begin directly under a line, what belongs to an item
is indented by as much as its marker is wide, code and tables may stand in items or directly under a line.
python-markdown wants a blank line before each of these, and four spaces for each level. So lines are moved and blank
lines put in before it reads them; words are never touched. No kept extension does this: those that exist change the
width of the indentation for everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec
from markdown.util import BLOCK_LEVEL_ELEMENTS

#: A marker with what stands before and after it: ``- ``, ``* ``, ``+ ``, ``1. ``, ``1) ``, and the ``• `` of others.
_MARKER: Final = re.compile(r"( *)([-*+•]|\d{1,9}[.)])( +)(?=\S)")
_RULE: Final = re.compile(r" *([-*_])(?: *\1){2,} *$")
#: What begins a block of its own wherever it stands: a heading or a quote.
_HEADING: Final = re.compile(r" {0,3}(?:#{1,6} |>)")
_FENCE: Final = re.compile(r"( *)(`{3,}(?=[^`]*$)|~{3,})")
_QUOTE: Final = re.compile(r" {0,3}> ?")
#: The beginning of a block of HTML: a comment, text that has its own lines, or another tag that stands by itself.
_HTML: Final = re.compile(
    rf" *<(?:(!--)|(pre|script|style|textarea)(?=[\s>]|$)|/?({'|'.join(BLOCK_LEVEL_ELEMENTS)})(?=[\s>]|/>|$))",
    re.IGNORECASE,
)
_END_OF_COMMENT: Final = re.compile("-->")
_END_OF_RAW: Final = re.compile("</(?:pre|script|style|textarea)>", re.IGNORECASE)
#: The line below a table's head.
_TABLE: Final = re.compile(r" *\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$")
#: What a text has that is not laid out as python-markdown wants it; texts without any of it stay as they are.
_ODD: Final = re.compile(
    r"""^[ ]+\S                             # anything indented
      | ^(?:•|\d{1,9}\))[ ]                 # markers that it does not know
      | ^(?![-*+][ ]) [^\n]+\n [-*+][ ]     # a list directly under something else
      | ^(?!\d+\.[ ]) [^\n]+\n \d+\.[ ]
      | ^(?:[-*+]|\d+\.)[ ] [^\n]+\n -      # a rule, or code or a quote, directly under an item
      | ^(?:[-*+]|\d+\.)[ ] [^\n]+\n (?:```|~~~|>)
      | ^>                                  # quotes, with any of this in them
      | ^<(?:!--|/?[a-z])                   # HTML
      | ^(?=[^\n]*\S) [^\n]+\n (?=[^\n]*\|) [^\n]+\n \|?[ ]*:?-  # a table directly under a line
    """,
    re.MULTILINE | re.VERBOSE,
)


#: In texts of more lines every heading is set apart: the library copies the rest of a paragraph for each.
MANY_LINES: Final = 1000


def is_odd(text: str) -> bool:
    """Whether :func:`laid_out` may change anything."""
    return _ODD.search(text) is not None


class _Item(msgspec.Struct, frozen=True):
    """An open item of a list: the columns of its marker and of its content, and whether it is numbered."""

    marker: int
    content: int
    numbered: bool


def laid_out(lines: list[str], keep: Callable[[str], str]) -> list[str]:
    """The lines of a text, without tabs, as python-markdown reads them.

    ``keep`` puts a block of HTML away and returns what stands for it in the text.
    """
    return _Layout(lines, keep).done()


class _Layout:
    """One pass over the lines of a text or of a quote in it."""

    def __init__(self, lines: list[str], keep: Callable[[str], str], *, is_quote: bool = False) -> None:
        self.lines = lines
        self.keep = keep
        self.is_quote = is_quote
        self.out: list[str] = []
        self.items: list[_Item] = []
        #: Whether the line before is blank, part of a paragraph, or indented code.
        self.blank = True
        self.paragraph = False
        self.code = False
        #: Whether the line before ends a heading.
        self.heading = False
        #: Whether the innermost item has more than its first paragraph.
        self.parted = False
        #: Lengths of fences, by their character, from which on none is closed any more; and comments, if so.
        self.unclosed: dict[str, int] = {}

    def done(self) -> list[str]:
        at = 0
        while at < len(self.lines):
            if self.heading and self.lines[at]:
                self._stand_apart()
            self.heading = False
            at = self._fenced(at) or self._quoted(at) or self._html(at) or self._one(at)
        return self.out

    def _put(self, line: str, *, paragraph: bool = False, is_code: bool = False) -> None:
        self.out.append(line)
        self.parted |= self.blank and bool(line)
        self.blank = not line
        self.paragraph = paragraph
        self.code = is_code

    def _stand_apart(self) -> None:
        if not self.blank:
            self._put("")

    def _close(self, column: int) -> None:
        """Close the items to which nothing at this column can belong."""
        while self.items and column < self.items[-1].marker + 2:
            self.items.pop()

    def _indented(self, column: int, text: str) -> str:
        """A line of the innermost open item; outside of lists it stays where it is."""
        beyond = column - self.items[-1].content if self.items else column
        return " " * (4 * len(self.items) + max(0, beyond)) + text

    def _is_code(self, column: int) -> bool:
        """Whether a line that begins at this column is indented code."""
        return (self.blank or self.code) and column >= (self.items[-1].content if self.items else 0) + 4

    # --- single lines -------------------------------------------------------------------------------------

    def _one(self, at: int) -> int:
        line = self.lines[at]
        text = line.lstrip(" ")
        column = len(line) - len(text)
        if not text:
            self.out.append(line)
            self.blank, self.paragraph = True, False
        elif self._is_code(column):
            self._put(self._indented(column, text), is_code=True)
        elif self._is_marker(line, column):
            self._item(line, column)
        elif _HEADING.match(line) or _RULE.match(line) or self._is_table(at):
            beside = self.items and column < self.items[-1].content
            is_underline = self.paragraph and not beside and set(text.rstrip()) == {"-"}
            if not is_underline:
                self._close(column)
                self._stand_apart()
            self._put(self._indented(column, text) if self.items else text, paragraph="|" in line)
            self.heading = len(self.lines) > MANY_LINES and (is_underline or text.startswith("#"))
        else:
            if self.blank:
                self._close(column)
                line = self._indented(column, text) if self.items else line
            self._put(text if self.items and not self.blank else line, paragraph=True)
        return at + 1

    def _is_table(self, at: int) -> bool:
        """Whether the line is a table's head, and no other line of a table."""
        below = self.lines[at + 1] if at + 1 < len(self.lines) else ""
        return "|" in self.lines[at] and _TABLE.match(below) is not None

    def _is_marker(self, line: str, column: int) -> bool:
        """Whether a line begins an item, rather than being code, a rule or another line of a paragraph."""
        found = _MARKER.match(line)
        if found is None or _RULE.match(line):
            return False
        if self.blank or self.items:
            return True
        return column < 4 and (not self.paragraph or not found[2][:-1].isdecimal() or int(found[2][:-1]) == 1)

    def _item(self, line: str, column: int) -> None:
        found = _MARKER.match(line)
        assert found is not None
        sibling = None
        while self.items and column < self.items[-1].marker + 2:
            sibling = self.items.pop()
        numbered = found[2][:-1].isdecimal()
        if self.parted or (sibling.numbered != numbered if sibling is not None else not self.items):
            self._stand_apart()
        marker = f"{found[2][:-1]}." if numbered else found[2].replace("•", "-")
        spaces = found[3] if len(found[3]) < 5 else " "
        self._put(f"{' ' * 4 * len(self.items)}{marker} {line[found.end() :]}", paragraph=True)
        self.parted = False
        self.items.append(_Item(column, column + len(found[2]) + len(spaces), numbered))

    # --- blocks of lines ----------------------------------------------------------------------------------

    def _fenced(self, at: int) -> int:
        """Put a block of code between fences where python-markdown finds it; returns the line after it, or 0.

        Inside of items and quotes it becomes indented code: fences are read at the beginning of a line only.
        """
        opening = _FENCE.match(self.lines[at])
        if opening is None or self._is_code(len(opening[1])):
            return 0
        column, mark = len(opening[1]), opening[2]
        end = self._end_of_code(at, mark)
        if not end:
            return 0
        self._close(column)
        code = [_without(line, column) for line in self.lines[at + 1 : end]]
        self._stand_apart()
        if self.items or self.is_quote:
            for line in code:
                self._put(" " * 4 * (len(self.items) + 1) + line if line.strip() else "")
        else:
            self.out += [self.lines[at].lstrip(), *code, mark]
            self.blank = False
        self._put("")
        return end + 1

    def _end_of_code(self, at: int, mark: str) -> int:
        """The line that closes a fence, or 0."""
        if len(mark) < self.unclosed.get(mark[0], len(mark) + 1):
            closing = re.compile(rf" *{re.escape(mark)}{re.escape(mark[0])}* *$")
            for number in range(at + 1, len(self.lines)):
                if closing.match(self.lines[number]):
                    return number
            self.unclosed[mark[0]] = len(mark)
        return 0

    def _quoted(self, at: int) -> int:
        """Lay out what is in a quote; returns the line after it, or 0."""
        if self.items or not _QUOTE.match(self.lines[at]):
            return 0
        end = at
        while end < len(self.lines) and _QUOTE.match(self.lines[end]):
            end += 1
        lines = [_QUOTE.sub("", line, count=1) for line in self.lines[at:end]]
        inside = _Layout(lines, self.keep, is_quote=True).done()
        while inside and not inside[-1]:
            inside.pop()
        self.out += [f"> {line}" if line else ">" for line in inside]
        self.blank, self.paragraph = False, True
        return end

    def _html(self, at: int) -> int:
        """Put away a block of HTML; returns the line after it, or 0.

        It ends at a blank line, so that what stands between two tags, with blank lines around it, is Markdown; or at
        once, when its first line has all of its element.
        """
        line = self.lines[at]
        found = _HTML.match(line)
        column = len(line) - len(line.lstrip(" "))
        if found is None or self._is_code(column):
            return 0
        end = self._end_of_html(at, found)
        if not end:
            return 0
        self._close(column)
        self._stand_apart()
        inside = self.items[-1].content if self.items else 0
        block = "\n".join(_without(each, inside) for each in self.lines[at:end])
        self._put(" " * 4 * len(self.items) + self.keep(block.lstrip(" ")))
        self._put("")
        return end

    def _end_of_html(self, at: int, opening: re.Match[str]) -> int:
        """The line after a block of HTML; 0 for a comment that stays open."""
        closing = _END_OF_COMMENT if opening[1] else _END_OF_RAW if opening[2] else None
        if opening[1] and "<!--" in self.unclosed:
            return 0
        if opening[3] and self.lines[at].rstrip().lower().endswith(f"</{opening[3].lower()}>"):
            return at + 1
        for number in range(at, len(self.lines)):
            if closing is None and not self.lines[number].strip():
                return number
            if closing and closing.search(self.lines[number], opening.end() if number == at else 0):
                return number + 1
        if opening[1]:
            self.unclosed["<!--"] = 0
            return 0
        end = len(self.lines)
        while not self.lines[end - 1].strip():
            end -= 1
        return end


def _without(line: str, column: int) -> str:
    """A line without as many spaces at its beginning, as far as it has them."""
    return line[min(column, len(line) - len(line.lstrip(" "))) :]
