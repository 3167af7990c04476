"""What MkDocs runs: pages that are made from the code join those that are written by hand."""

from __future__ import annotations

import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

from generated import codes, commands, yaml_keys  # the folder beside this file, not a package of otasite

PAGES = {
    "reference/yaml.md": yaml_keys.page,
    "reference/commands.md": commands.page,
    "reference/codes.md": codes.page,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for path, page in PAGES.items():
        files.append(File.generated(config, path, content=page()))
    return files
