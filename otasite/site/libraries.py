"""Which libraries make a site's bytes, and in which versions."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

#: Libraries whose version shows in the bytes of a site.
_SHOWN = ("babel", "jinja2", "markdown", "markupsafe", "nh3", "pillow", "zxing_cpp")


def libraries() -> list[str]:
    """Names and versions of the libraries that make a site's bytes, as installed (``jinja2-3.1.6.dist-info``).

    Read from the folder they are installed in: asking importlib.metadata costs more than a whole unchanged build.
    """
    folder = Path(msgspec.__file__).parent.parent
    found = [name for name in os.listdir(folder) if name.endswith(".dist-info")]
    return sorted(name for name in found if name.lower().startswith(_SHOWN))
