"""The repository as a whole: it stands alone, and it is laid out as its README says."""

from __future__ import annotations

import fnmatch
import re
import shlex
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import click
import pytest

import otasite
from docs.generated import answers, commands, declared, pages, yaml_keys
from otasite.catalogue import records, site_record, update_record
from otasite.cli import COMMANDS, cli
from otasite.cli.schema import write_answer_schemas
from otasite.site import views
from otasite.typed_yaml.record import Record
from tests.tools import PROJECT, program

pytestmark = pytest.mark.sources

README = (PROJECT / "README.md").read_text(encoding="utf-8")

TOP_LEVEL = {
    ".ci",
    ".dockerignore",
    ".github",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    "action.yml",
    "benchmarks",
    "CHANGELOG.md",
    "content",
    "CONTRIBUTING.md",
    "docs",
    "LICENSE",
    "Makefile",
    "mkdocs.yml",
    "packaging",
    "netlify.toml",
    "otasite",
    "pyproject.toml",
    "README.md",
    "schema",
    "tests",
    "themes",
}

#: What a file of this project never says, and why.
FORBIDDEN = {
    r"\b(registry\.(npmjs|yarnpkg)\.\w+|pypi\.org|files\.pythonhosted\.org|proxy\.golang\.org)": "names a package "
    "registry: which one is used is the machine's own affair",
    r"(?<![\w.~*-])/(work|farm|home/\w+|Users/\w+|root)/": "holds a path of one machine",
    r"\b(pip|pipx|uv tool) install (-\S+ )*['\"]?otasite\b(?! @)": "installs a name that is not ours on an index",
    r"^(<{7}|>{7}) ": "holds the mark of an unfinished merge",
}


@cache
def tracked() -> tuple[str, ...]:
    done = subprocess.run(
        [program("git", "git"), "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("this is no git checkout")
    return tuple(name for name in done.stdout.split("\0") if name and (PROJECT / name).is_file())


@pytest.mark.parametrize("pattern", FORBIDDEN, ids=["registry", "machine-path", "by-name", "merge-mark"])
def test_no_file_says_what_belongs_elsewhere(pattern: str) -> None:
    search = re.compile(pattern, re.MULTILINE)
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: “{match.group()}” {FORBIDDEN[pattern]}"
        for name in tracked()
        for text in [(PROJECT / name).read_text(encoding="utf-8", errors="replace")]
        for match in search.finditer(text)
    ]
    assert not found, "\n" + "\n".join(found)


def test_the_top_level_holds_only_what_is_known() -> None:
    unknown = {name.split("/")[0] for name in tracked()} - TOP_LEVEL
    assert not unknown, f"new at the top level, is that its place? {sorted(unknown)}"


def test_no_file_is_large() -> None:
    large = [name for name in tracked() if (PROJECT / name).stat().st_size > 400_000]
    assert not large, f"binaries are hosted elsewhere or made by the tests: {large}"


@pytest.mark.sources
def test_pages_that_are_made_from_the_code_are_current(tmp_path: Path) -> None:
    told = "run: python docs/generated/pages.py"
    made = pages.pages()
    problems = {f"reference/problems/{path.name}" for path in (pages.DOCS / "reference/problems").iterdir()}
    assert problems == {path for path in made if path.startswith("reference/problems/")}, told
    old = [path for path, text in made.items() if (pages.DOCS / path).read_text("utf-8") != text]
    assert not old, told
    assert not re.findall(r"^.*\| *\|$", made["reference/yaml.md"], re.MULTILINE), "a key without a type or a meaning"
    write_answer_schemas(tmp_path)
    schemas = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert {path.name: path.read_text("utf-8") for path in answers.SCHEMAS.iterdir()} == schemas, told


def test_every_mapping_has_one_table() -> None:
    known = {**vars(records), **vars(site_record), **vars(update_record)}
    names = {
        t.__name__.removesuffix("Record") for t in known.values() if isinstance(t, type) and issubclass(t, Record)
    }
    tables = Counter(re.findall(r"^## (.+)$", yaml_keys.page(), re.MULTILINE))
    missing = {name for name in names - {""} if tables[yaml_keys.title(name)] != 1}
    assert not missing


def commands_in_documents() -> list[tuple[str, str]]:
    """Every ``otasite …`` line in a console block and every one in a table, with the document that has it."""
    found = []
    for path in (PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").rglob("*.md"))):
        text = path.read_text(encoding="utf-8")
        lines = re.findall(r"^ *\$ (?:\.venv/bin/)?(otasite .*)$", text, re.MULTILINE)
        lines += re.findall(r"`(otasite [^`]+)`", text)
        found += [(path.relative_to(PROJECT).as_posix(), line.split(" #")[0].strip()) for line in lines]
    return found


@pytest.mark.parametrize(("document", "line"), commands_in_documents())
def test_every_command_in_the_documents_exists(document: str, line: str) -> None:
    words = shlex.split(re.split(r" [|>&] ?", line)[0])[1:]
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        assert found is not None, f"{document}: there is no “{words[0]}” in: {line}"
        command, words = found, words[1:]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    options = {word.split("=")[0] for word in words if word.startswith("-") and word != "-"}
    assert options <= known | {"-h", "--help", "--version"}, f"{document}: {line}"


def test_every_command_and_option_is_described() -> None:
    page = commands.page()
    described = set(re.findall(r"^## otasite ([a-z]+)", page, re.MULTILINE))
    assert described == set(COMMANDS)
    assert not re.findall(r"^\| `.*` \| *\|$", page, re.MULTILINE), "an option without a meaning"


def test_every_public_name_is_described_in_the_reference() -> None:
    page = declared.api()
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == [name for name in otasite.__all__ if name != "__version__"]
    assert " at 0x" not in page
    undescribed = re.findall(r"^#+ (.+)\n\n```python\n.*\n```\n\n\n", page, re.MULTILINE)
    assert not undescribed, f"public, and without a docstring: {undescribed}"


def test_the_reference_of_templates_has_every_field_of_a_view() -> None:
    sections = dict(part.split("\n", 1) for part in declared.contract().split("\n## ")[1:])
    assert {"BinaryView", *(kind.__name__ for kind in views.TEMPLATES)} <= sections.keys()
    kinds = {kind.__name__: kind for kind in declared.described_views()}
    assert kinds.keys() == sections.keys() and {"ComponentView", "MediaView"} <= sections.keys()
    for name, section in sections.items():
        fields = re.findall(r"^\| `(\w+)` \| `[^`]+` \|", section, re.MULTILINE)
        assert sorted(fields) == sorted(kinds[name].__struct_fields__), name


def test_the_reference_of_components_has_every_bundled_one_with_its_arguments() -> None:
    page = declared.bundled_components()
    names = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert names == ["download", "install", "latest", "note", "qr", "video"]
    video = page[page.index("## video") :]
    assert re.findall(r"^\| `(\w+)`", video, re.MULTILINE) == ["src", "title", "poster", "captions"]
    assert page.count("\n\n\n") == 0 and not re.search(r"^## .+\n\n (?:Stands)", page, re.MULTILINE)


def test_the_readme_is_one_page() -> None:
    assert len(README.split()) < 1200, "details have their place in docs/"


def test_links_between_documents_lead_somewhere() -> None:
    # Links within docs/ may lead to pages made from the code: the strict build of the documentation follows them.
    for path in (PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / ".github").rglob("*.md"))):
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        anchors = {slug(title) for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if link.startswith("#"):
                assert link[1:] in anchors, f"{path.name}: no heading for {link}"
            elif "://" not in link and not link.startswith("mailto:"):
                assert (path.parent / link.split("#")[0]).exists(), f"{path.name}: {link}"


def slug(title: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def test_the_committed_schemas_are_those_of_the_records(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "otasite", "schema", "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text(encoding="utf-8") for path in (PROJECT / "schema").glob("*.json")}
    assert committed == made, "run: otasite schema --out schema"


def test_every_file_of_the_demo_names_its_schema() -> None:
    for path in (PROJECT / "content").rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")
        kind = "release" if path.parent.name == "releases" else "site" if path.name == "site.yaml" else "app"
        assert (path.parent / schema).resolve() == PROJECT / "schema" / f"{kind}.json", path


def test_no_folder_of_tests_is_passed_over(request: pytest.FixtureRequest) -> None:
    patterns: list[str] = request.config.getini("norecursedirs")
    passed_over = [
        name
        for name in tracked()
        if Path(name).match("tests/**/test_*.py")
        for part in Path(name).parts
        if any(fnmatch.fnmatch(part, pattern) for pattern in patterns)
    ]
    assert not passed_over, f"pytest does not look into these folders: {passed_over}"
