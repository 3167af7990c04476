"""The one exception of everything that reads what stands inside a binary."""

from __future__ import annotations


class Unreadable(Exception):
    """Data inside a binary cannot be read.

    The message says why, in words that fit after “because”: “it ends too early”. It is written here, never taken
    from a library.
    """
