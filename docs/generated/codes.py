"""``reference/codes.md``: the register of codes, from the register itself."""

from __future__ import annotations

from collections.abc import Iterator

from otasite.problems.codes import Code
from otasite.problems.register import SUBJECTS

INTRODUCTION = """\
# Codes of problems

Every problem has a code, in brackets at the end of its line. Codes are permanent: search for them, and name them in
rules of CI. `otasite explain CODE` prints what stands here. A warning ends a run only with `--strict`.
"""


def page() -> str:
    """The page in Markdown."""
    return "\n".join(
        [INTRODUCTION, *(line for subject, codes in SUBJECTS.items() for line in _table(subject, codes))]
    )


def _table(subject: str, codes: tuple[Code, ...]) -> Iterator[str]:
    yield from (f"## {subject}", "", "| code | | meaning | what to do | since |", "| --- | --- | --- | --- | --- |")
    for code in codes:
        severity = "error or warning" if code.severity == "either" else code.severity
        cells = (f"`{code.name}`", severity, _cell(code.meaning), _cell(code.fix), code.since)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
