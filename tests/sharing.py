"""What processes that build many small sites need not work out again for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from otasite.memory import Memory
from otasite.problems import Problem
from otasite.theming import catalogue_files, checks
from otasite.theming.layers import Source
from otasite.theming.templates import CompiledTemplates
from otasite.theming.themes import Theme


@contextmanager
def sharing_themes() -> Iterator[None]:
    """What follows from a theme's files alone is worked out once in this process: half of the work on a small site.

    The files are read each time, and everything is kept by all that it depends on: what a preview does with its own.
    """
    compiled, judged, parsed = CompiledTemplates(), checks._problems, catalogue_files._parse
    problems: dict[str, tuple[Problem, ...]] = {}
    catalogues: dict[tuple[str, str], catalogue_files.MessageCatalogue] = {}

    def start(self: CompiledTemplates) -> None:
        self.code = compiled.code

    def judge(theme: Theme, memory: Memory) -> list[Problem]:
        if theme.digest not in problems:
            problems[theme.digest] = tuple(judged(theme, memory))
        return list(problems[theme.digest])

    def parse(source: Source) -> catalogue_files.MessageCatalogue:
        key = source.path, source.text
        if key not in catalogues:
            catalogues[key] = parsed(source)
        return catalogues[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CompiledTemplates, "__init__", start)
        patch.setattr(checks, "_problems", judge)
        patch.setattr(catalogue_files, "_parse", parse)
        yield
