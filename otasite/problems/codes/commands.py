"""What only certain commands come upon."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "announce-template",
        "A file in content/announce/ belongs to no kind of message, or does not make one.",
        "Name it after a kind of message, such as slack.json, and let it render to JSON.",
    ),
    Code(
        "internal-error",
        "A mistake in otasite itself, not one of yours.",
        "Please report it with what the terminal shows.",
    ),
    Code("refused", "The preview cannot do what was asked.", "The message says why."),
)
