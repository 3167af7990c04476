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
    Code(
        "shown-elsewhere",
        "Something in the project is wrong. Other devices than the preview's own computer are not told where: the "
        "lines may be of drafts and unlisted apps.",
        "Look at the terminal or the browser of the computer on which otasite serve runs.",
        since="0.2.0",
    ),
    Code("refused", "The preview cannot do what was asked.", "The message says why."),
)
