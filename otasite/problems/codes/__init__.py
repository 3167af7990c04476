"""The register of codes, by subject: what each code means, and what to do about it.

A code is permanent: people search for it and rules in CI name it. A new kind of mistake gets a new code; an old one
never changes its meaning. To add one, write a :class:`Code` into the module of its subject, with the version that
brings it as ``since``. ``otasite explain CODE`` prints the entry, and the documentation lists them all.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

#: How bad it is by itself; “either” depends on the case, and then the code that finds it says.
Weight = Literal["error", "warning", "info", "either"]


class Code(NamedTuple):
    """One kind of problem. ``meaning`` and ``fix`` are sentences for people; ``since`` is a version of otasite."""

    name: str
    meaning: str
    fix: str
    severity: Weight = "error"
    since: str = "0.1.0"
