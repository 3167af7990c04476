"""The example in the guide is run as it stands there."""

from __future__ import annotations

from otasite.catalogue.project import Project
from otasite.preview import Settings
from tests.tools import PROJECT


def test_the_example_works(project: Project) -> None:
    guide = (PROJECT / "docs" / "preview.md").read_text("utf-8")
    example = guide.partition("```python\n")[2].partition("```")[0]
    names: dict[str, object] = {"folder": project.root}
    exec(compile(example, "docs/preview.md", "exec"), names)
    page, problems = names["page"], names["problems"]
    assert isinstance(page, bytes)
    assert b"Harbour Apps" in page
    assert problems == ()


def test_settings_have_the_names_of_the_options() -> None:
    from otasite.cli.serve import command

    options = {option.name for option in command.params} - {"project", "open_browser", "forget_ca"}
    assert options == set(Settings.__struct_fields__) - {"environment"}
