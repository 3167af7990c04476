"""Whether a tag may become a release: ``make release-check TAG=v1.2.3``.

The tag, the package's version, the changelog and the formula must say the same. That schemas and documentation are
those of the code is a test of its own, which ``make release-check`` runs, too.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from otasite import __version__


def disagreements(root: Path, tag: str) -> Iterator[str]:
    """What keeps ``tag`` from being a release, in words."""
    if tag != f"v{__version__}":
        yield f"the tag is {tag}, the package's version is {__version__}"
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    section = re.search(rf"^## \[{re.escape(__version__)}\](.*)$", changelog, re.MULTILINE)
    if section is None:
        yield f"CHANGELOG.md has no section for {__version__}: rename “Unreleased”"
    elif not re.fullmatch(r" - \d{4}-\d{2}-\d{2}", section[1]):
        yield f"CHANGELOG.md gives no date for {__version__}: ## [{__version__}] - YYYY-MM-DD"
    if f'version "{__version__}"' not in (root / "packaging/otasite.rb").read_text("utf-8"):
        yield f"packaging/otasite.rb is not of version {__version__}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    chosen = parser.parse_args()
    found = list(disagreements(chosen.root, chosen.tag))
    print("\n".join(found) if found else f"{chosen.tag}: version, changelog and formula agree")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
