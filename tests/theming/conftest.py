"""A site in a temporary folder with a base theme of its own: these tests do not depend on the bundled one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from otasite.problems import Location, Problem, ProblemsFound
from otasite.theming.templates import Renderer
from otasite.theming.themes import Theme, load_theme

HEADER = 'msgid ""\nmsgstr ""\n"Plural-Forms: {}\\n"\n\n'
TWO_FORMS = "nplurals=2; plural=(n != 1);"


class Project:
    """Files of a site, and what otasite makes of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("themes/default/theme.yaml", "version: 1.0\n")

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
        return file

    def template(self, name: str, text: str, layer: str = "themes/default/") -> Path:
        return self.write(f"{layer}templates/{name}", text)

    def locale(
        self, language: str, texts: Mapping[str, str], layer: str = "themes/default/", plural: str = TWO_FORMS
    ) -> Path:
        entries = "\n".join(f'msgid "{key}"\nmsgstr "{text}"\n' for key, text in texts.items())
        return self.write(f"{layer}locales/{language}.po", HEADER.format(plural) + entries)

    def load(self, theme: str = "default", **options: str) -> Theme:
        return load_theme(theme, site_root=self.root, options=options, locate=self.locate)

    @staticmethod
    def locate(path: tuple[str, ...]) -> Location:
        return Location("content/site.yaml", len(path), 1)

    def render(
        self, template: str, context: Mapping[str, object] | None = None, theme: str = "default", language: str = "en"
    ) -> str:
        return Renderer(self.load(theme)).render(template, language, context or {}, "demo/index.html")

    def render_problem(self, template: str, context: Mapping[str, object] | None = None) -> Problem:
        with pytest.raises(ProblemsFound) as raised:
            self.render(template, context)
        (problem,) = raised.value.problems
        return problem

    def load_problems(self, theme: str = "default", **options: str) -> tuple[Problem, ...]:
        with pytest.raises(ProblemsFound) as raised:
            self.load(theme, **options)
        return raised.value.problems


def shown(problems: tuple[Problem, ...] | list[Problem]) -> list[str]:
    """Problems as ``place code``, for short assertions."""
    return [f"{problem.location} {problem.code}" for problem in problems]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
