"""A mistake that shows while a page is rendered."""

from __future__ import annotations

from otasite.problems import Problem, ProblemsFound


class Mistake(ProblemsFound):
    """One problem raised by a text, a filter or an asset name; the renderer adds the template's line."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.problem = Problem(code=code, message=message, hint=hint)
        super().__init__([self.problem])
