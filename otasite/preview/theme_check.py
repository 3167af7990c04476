"""What is wrong with templates, found without a page: so that a mistake shows before somebody asks for its page."""

from __future__ import annotations

from otasite.memory import Memory
from otasite.problems import Problem, ProblemsFound
from otasite.theming.themes import Theme


class ThemeCheck:
    """The findings about the theme that was checked last."""

    def __init__(self) -> None:
        self._digest = ""
        self._problems: tuple[Problem, ...] = ()

    def knows(self, theme: Theme | None) -> bool:
        return theme is None or theme.digest == self._digest

    def problems(self, theme: Theme | None) -> tuple[Problem, ...]:
        """The findings about this very state of the theme; none while it has not been checked."""
        return self._problems if theme is not None and self.knows(theme) else ()

    def remember(self, theme: Theme | None, problems: tuple[Problem, ...]) -> None:
        if theme is not None:
            self._digest, self._problems = theme.digest, problems

    def check(self, theme: Theme, *, memory: Memory) -> None:
        """Look at all templates: some tenths of a second, so not before the page that changed is there."""
        from otasite.theming.checks import check_templates

        try:
            found = check_templates(theme, memory=memory)
        except ProblemsFound as error:
            found = list(error.problems)
        self.remember(theme, tuple(found))
