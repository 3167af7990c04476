"""The Python API: the guide is run as it stands there, and importing the package stays free."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import otasite
from tests.binaries.ipas import write_ipa
from tests.projects import example
from tests.tools import PROJECT

GUIDE = (PROJECT / "docs" / "api.md").read_text("utf-8")


def test_the_guide_works_from_beginning_to_end(tmp_path: Path) -> None:
    sandbox = example(tmp_path / "project")
    names: dict[str, object] = {"folder": sandbox.root, "ipa": write_ipa(tmp_path / "New.ipa")}
    for part in GUIDE.split("```python\n")[1:]:
        code = part.partition("```")[0]
        exec(compile(code, "docs/api.md", "exec"), names)
    assert names["titles"] == ["Notes"]
    for name in ("page", "index"):
        page = names[name]
        assert isinstance(page, bytes)
        assert b"Notes" in page
    assert names["manifest"] == (sandbox.dist / "notes/1.1-2/manifest.plist").read_bytes()
    assert names["problems"] == ()
    recorded = names["recorded"]
    assert isinstance(recorded, otasite.Recorded)
    assert (sandbox.root / recorded.written[-1]).is_file()


@pytest.mark.parametrize("name", otasite.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(otasite, name) is not None
    assert name in dir(otasite)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'workshop_'"):
        _ = otasite.workshop_


def test_importing_the_package_imports_nothing_else() -> None:
    script = "import sys; before = set(sys.modules); import otasite; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert [name for name in done.stdout.split() if name.startswith("otasite")] == ["otasite"]
    assert loaded - sys.stdlib_module_names == {"otasite"}
