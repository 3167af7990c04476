"""All pages of the documentation that are made from the code, and the schemas of what commands print.

They are kept in the repository, where people read them without building the site: ``python docs/generated/pages.py``
writes them, and a test tells when one is old.
"""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(DOCS.parent))

from docs.generated import answers, commands, declared, problem_pages, yaml_keys  # noqa: E402
from otasite.cli.schema import write_answer_schemas  # noqa: E402


def pages() -> dict[str, str]:
    """Every page in Markdown, by its path in docs/."""
    return {
        "reference/commands.md": commands.page(),
        "reference/components.md": declared.bundled_components(),
        "reference/json.md": answers.page(),
        "reference/python-api.md": declared.api(),
        "reference/template-contract.md": declared.contract(),
        "reference/yaml.md": yaml_keys.page(),
        **problem_pages.pages(),
    }


def write() -> None:
    """Write all of them; pages of problems that are no more go."""
    made = pages()
    for old in (DOCS / "reference/problems").glob("*.md"):
        if f"reference/problems/{old.name}" not in made:
            old.unlink()
    for path, text in made.items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8", newline="\n")
    write_answer_schemas(answers.SCHEMAS)


if __name__ == "__main__":
    write()
