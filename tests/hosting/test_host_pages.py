"""The pages of docs/hosts/, followed: what each tells to write and to type, up to the upload itself."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from otasite.cli import cli
from otasite.hosts.names import HOSTS
from tests.projects import Sandbox, example

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs/hosts").glob("*.md"))
#: What needs a bucket or a live site; tests of their own run these.
ELSEWHERE = ("deploy", "verify")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return example(tmp_path_factory.mktemp("hosts") / "project")


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_leads_to_a_site_that_its_host_takes(project: Sandbox, page: Path) -> None:
    site = project.root / "content/site.yaml"
    text = re.sub(r"^hosting: .*\n", "", site.read_text("utf-8"), flags=re.MULTILINE)
    project.write("content/site.yaml", text + blocks(page, "yaml")[0])
    lines = [line.removeprefix("$ ") for block in blocks(page, "console") for line in block.splitlines()]
    typed = 0
    for line in lines:
        words = shlex.split(line.partition(" > ")[0])
        if words[0] != "otasite" or words[1] in ELSEWHERE:
            continue
        folder = ["-C", str(project.root)] if "config" not in words else []
        result = CliRunner().invoke(cli, [*words[1:], *folder])
        assert result.exit_code == 0, f"{line}\n{result.output}"
        typed += 1
    assert typed >= 2
    for written in re.findall(r"That writes `([^`]+)` into `dist/`", page.read_text("utf-8")):
        assert (project.dist / written).is_file()


def test_every_host_has_a_page() -> None:
    assert {blocks(page, "yaml")[0].strip().removeprefix("hosting: ") for page in PAGES} == set(HOSTS)
