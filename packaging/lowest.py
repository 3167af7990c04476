"""The oldest version of each dependency that pyproject.toml allows, as constraints for pip: ``make lowest``.

pip with constraints, and no resolver that prefers old versions: where a tool of the tests wants something newer than
we promise, such a resolver would take that without a word, and the bound would stay untried.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement


def lowest(pyproject: str) -> list[str]:
    """``name==version`` for all that otasite itself needs, with its extras for users, from the text of the file."""
    project = tomllib.loads(pyproject)["project"]
    extras = project["optional-dependencies"]
    asked = [
        *project["dependencies"],
        *(text for name in extras if name not in {"test", "docs"} for text in extras[name]),
    ]
    found = []
    for requirement in map(Requirement, asked):
        bounds = [bound.version for bound in requirement.specifier if bound.operator == ">="]
        if len(bounds) != 1:
            sys.exit(f"pyproject.toml: {requirement.name} needs one lower bound, such as “>=1.2”")
        found.append(f"{requirement.name}=={bounds[0]}")
    return found


if __name__ == "__main__":
    print("\n".join(lowest((Path(__file__).resolve().parent.parent / "pyproject.toml").read_text("utf-8"))))
