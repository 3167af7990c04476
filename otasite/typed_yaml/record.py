"""The base of every type that a YAML mapping is read into."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping as people write it: immutable, and an unknown key is a mistake.

    A record's docstring says in a line ``key: meaning`` what each key is for: editors show it (JSON Schema), hints
    of problems quote it, and it is the reference.
    """
