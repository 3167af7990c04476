"""The codes of what can be wrong with one YAML file by itself, each with what it means.

Codes are permanent: people grep for them and rules in CI name them. A new kind of mistake gets a new code; an old
code never changes its meaning. The documentation prints this table.
"""

from __future__ import annotations

from typing import Final

#: Code → meaning, in the order of the documentation: first the file, then its YAML, then what the YAML says.
CODES: Final[dict[str, str]] = {
    "yaml-encoding": "The file is not UTF-8 text, or holds control characters.",
    "yaml-too-large": "The file is larger, nested deeper or repeated by aliases more often than any catalogue needs.",
    "yaml-syntax": "The file is not valid YAML.",
    "several-documents": "The file holds more than one YAML document.",
    "duplicate-key": "A key is written twice in one mapping.",
    "bad-key": "A key is empty, or a list or mapping is used as a key.",
    "merge-key": "“<<” merges mappings; the app's “defaults:” does that here.",
    "yaml-tag": "A value carries a YAML tag such as !!python/object.",
    "empty-item": "An item of a list has no value.",
    "unknown-key": "A key that has no meaning at this place.",
    "missing-key": "A key that must be there is not, or has no value.",
    "wrong-type": "A list, a mapping or plain text stands where another of them is expected.",
    "bad-value": "The value is of the right kind, but is not one that is possible here.",
}
