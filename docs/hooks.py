"""What MkDocs runs: the demo catalogue, built by otasite with each bundled theme, joins the documentation."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from otasite import BuildOptions, build, open_project
from otasite.theming.themes import bundled_themes

CONTENT = Path(__file__).resolve().parent.parent / "content"
#: Where the documentation is published: manifests and QR codes of the demos name it.
ADDRESS = "OTASITE_DOCS_URL"
#: The themes whose demos are built, with commas between; all bundled ones where it is not set.
THEMES = "OTASITE_DOCS_THEMES"


def themes() -> list[str]:
    """The themes of the gallery."""
    wanted = os.environ.get(THEMES)
    known = sorted(path.name for path in bundled_themes().iterdir() if (path / "theme.yaml").is_file())
    return known if wanted is None else [name for name in known if name in wanted.split(",")]


def on_post_build(config: MkDocsConfig) -> None:
    """Build the demos below ``demo/`` of the finished documentation."""
    address = os.environ.get(ADDRESS, "https://docs.example.com/otasite/").rstrip("/")
    for name in themes():
        demo(name, Path(config.site_dir) / "demo" / name, f"{address}/demo/{name}/")


def demo(theme: str, out: Path, address: str) -> None:
    """Build the demo catalogue with a theme."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copytree(CONTENT, project / "content")
        site = project / "content/site.yaml"
        site.write_text(re.sub(r"(?m)^theme: .*$", f"theme: {theme}", site.read_text("utf-8")), "utf-8")
        build(open_project(project, BuildOptions(base_url=address)), out=out)
