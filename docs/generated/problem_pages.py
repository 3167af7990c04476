"""``reference/problems.md`` and a page for each code, from the register that ``otasite explain`` prints."""

from __future__ import annotations

from otasite.problems.codes import Code
from otasite.problems.register import REGISTER, SUBJECTS

INTRODUCTION = """\
# Problems

Every problem ends with a code in square brackets, such as `[binary-mismatch]`. A code is permanent: search for
it, and name it in rules of CI. `otasite explain CODE` prints what stands here.
"""
SEVERITY = {
    "error": "an error",
    "warning": "a warning",
    "info": "a remark, which no setting makes an error",
    "either": "an error or a warning, depending on the case",
}


def pages() -> dict[str, str]:
    """All pages in Markdown, by their path."""
    lists = "".join(_list(subject, codes) for subject, codes in SUBJECTS.items())
    return {
        "reference/problems.md": INTRODUCTION + lists,
        **{f"reference/problems/{code.name}.md": _page(code) for code in REGISTER.values()},
    }


def _list(subject: str, codes: tuple[Code, ...]) -> str:
    rows = "\n".join(f"| [`{code.name}`](problems/{code.name}.md) | {_cell(code.meaning)} |" for code in codes)
    return f"\n## {subject}\n\n| code | what it means |\n| --- | --- |\n{rows}\n"


def _page(code: Code) -> str:
    return f"""\
---
search:
  boost: 0.5
---

# {code.name}

{_text(code.meaning)}

**What to do.** {_text(code.fix)}

It is {SEVERITY[code.severity]}, and has been there since version {code.since}. [All problems](../problems.md)
"""


def _text(text: str) -> str:
    return text.replace("<", "&lt;")


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")
