"""What MkDocs runs: pages that are made from the code join those that are written by hand."""

from __future__ import annotations

import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

from generated import commands, declared, problem_pages  # the folder beside this file, not a package of otasite


def on_files(files: Files, config: MkDocsConfig) -> Files:
    pages = {
        "reference/commands.md": commands.page(),
        **problem_pages.pages(),
        "reference/template-contract.md": declared.contract(),
        "reference/components.md": declared.bundled_components(),
        "reference/python-api.md": declared.api(),
    }
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files
