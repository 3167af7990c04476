"""The repository as a whole: it stands alone, and it is laid out as its README says."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from otasite.catalogue import records
from otasite.catalogue.records import (
    AppRecord,
    BinaryRecord,
    ChannelRecord,
    ContactRecord,
    DeviceCheckRecord,
    LinksRecord,
    OrganisationRecord,
    Record,
    ReleaseDefaultsRecord,
    ReleaseRecord,
    ScreenshotRecord,
    SigningRecord,
    SiteRecord,
    SourceCodeRecord,
    ThemeRecord,
)

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")

TOP_LEVEL = {
    ".ci",
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
    r"^(<{7}|>{7}) ": "holds the mark of an unfinished merge",
}


@cache
def tracked() -> tuple[str, ...]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return tuple(name for name in done.stdout.split("\0") if name and (PROJECT / name).is_file())


@pytest.mark.parametrize("pattern", FORBIDDEN, ids=["registry", "machine-path", "merge-mark"])
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


#: Which table of the README describes which mapping.
REFERENCE = {
    "site.yaml": SiteRecord,
    "organisation": OrganisationRecord,
    "contact": ContactRecord,
    "theme": ThemeRecord,
    "channel": ChannelRecord,
    "source code": SourceCodeRecord,
    "app.yaml": AppRecord,
    "screenshot": ScreenshotRecord,
    "links": LinksRecord,
    "release": ReleaseRecord,
    "binary": BinaryRecord,
    "signing": SigningRecord,
    "device check": DeviceCheckRecord,
}


def keys_in_readme(heading: str) -> set[str]:
    """The first column of the table below ``### heading``."""
    section = README.split(f"\n### {heading}\n", 1)[1].split("\n#", 1)[0]
    return set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE))


@pytest.mark.parametrize("heading", REFERENCE)
def test_the_reference_names_every_key(heading: str) -> None:
    assert keys_in_readme(heading) == set(REFERENCE[heading].__struct_fields__)


def test_every_record_has_its_table() -> None:
    described = {*REFERENCE.values(), Record, ReleaseDefaultsRecord}
    known = {t for t in vars(records).values() if isinstance(t, type) and issubclass(t, Record)}
    assert known == described, "a new mapping needs a table in the README and a line in REFERENCE"
