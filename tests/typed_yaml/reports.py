"""How tests write problems down: one line each, as ``file:line:column: code: message``."""

from __future__ import annotations

from collections.abc import Iterable

from otasite.problems import Problem


def lines(problems: Iterable[Problem]) -> list[str]:
    ordered = sorted(problems, key=Problem.sort_key)
    return [f"{problem.location}: {problem.code}: {problem.message}" for problem in ordered]
