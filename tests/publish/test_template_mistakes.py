"""A mistake in a template is told once, however many pages are made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.problems import ProblemsFound
from tests.projects import APP, example


def test_one_mistake_is_one_error_with_the_number_of_pages(tmp_path: Path) -> None:
    sandbox = example(tmp_path)
    sandbox.write("content/apps/other/app.yaml", APP.replace("com.example.app", "com.example.other"))
    sandbox.release("1.0", "1", app="other")
    sandbox.write("templates/release.html", "{{ release.nmae }}")
    with pytest.raises(ProblemsFound) as found:
        sandbox.build()
    assert [problem.message for problem in found.value.problems] == [
        "the release has no “nmae” (while rendering notes/1.1-2/ and 2 more pages)"
    ]
    assert [(problem.code, problem.pages) for problem in sandbox.check() if problem.page] == [
        ("template-undefined", 3)
    ]
