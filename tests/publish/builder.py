"""``python -m tests.publish.builder FOLDER``: build a project once for each line of stdin.

Prints one JSON line for each: how many files were written, and the error if there was one.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path

from tests.projects import Sandbox


def main(sandbox: Sandbox) -> None:
    for _ in sys.stdin:
        said = {"written": 0, "error": ""}
        try:
            said["written"] = sandbox.build().written
        except Exception:
            said["error"] = traceback.format_exc()
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(Sandbox(Path(sys.argv[1])))
