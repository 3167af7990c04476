"""``organisation:``: its mark is a picture that the site has."""

from __future__ import annotations

from pathlib import Path

import pytest

from otasite.catalogue.load import Loader
from otasite.catalogue.sources import Sources
from otasite.outputs.registry import output_kinds
from tests.projects import SITE, Sandbox, example


@pytest.mark.parametrize("said", ["marks/logo.svg", "/marks/logo.svg"])
def test_a_logo_is_a_picture_of_the_static_folder(said: str, tmp_path: Path) -> None:
    loader = loaded(example(tmp_path / "project"), said)
    assert loader.site().organisation.logo == "marks/logo.svg"
    assert not loader.findings.problems


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("lgoo.svg", "missing-file", "there is no file “content/static/lgoo.svg”"),
        ("../site.svg", "missing-file", "there is no file “content/static/../site.svg”"),
        ("marks/logo.pdf", "bad-value", "“marks/logo.pdf” is no picture"),
    ],
)
def test_what_is_no_picture_of_the_site_is_named(said: str, code: str, message: str, tmp_path: Path) -> None:
    loader = loaded(example(tmp_path / "project"), said)
    assert loader.site().organisation.logo == ""
    (problem,) = loader.findings.problems
    assert (problem.code, problem.message) == (code, message)
    assert problem.location is not None and problem.location.line == 4


def loaded(sandbox: Sandbox, logo: str) -> Loader:
    sandbox.write("content/static/marks/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    sandbox.write("content/site.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    sandbox.write("content/site.yaml", SITE.replace("organisation:\n", f"organisation:\n  logo: {logo}\n"))
    return Loader(Sources(sandbox.root), output_kinds())
