"""``python -m tests.cli.all_commands``: run the commands given as JSON on stdin one after the other, in one process.

Before each its number goes to stdout and stderr, and after it the exit code to stderr, each after a form feed.
"""

from __future__ import annotations

import json
import sys
import traceback

from otasite.cli import cli
from otasite.cli.ending import run


def main() -> None:
    for number, words in enumerate(json.loads(sys.stdin.buffer.read())):
        print(f"\f{number}", flush=True)
        print(f"\f{number}", file=sys.stderr, flush=True)
        try:
            code = run(cli, words)
        except Exception:
            traceback.print_exc()
            code = -1
        print(f"\f{code}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
