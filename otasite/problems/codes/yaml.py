"""What can be wrong with one YAML file by itself: first the file, then its YAML, then what the YAML says."""

from __future__ import annotations

from typing import Final

from otasite.problems.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "bad-key",
        "A key is empty, or a list or mapping is used as a key.",
        "Write “key: value”; put the key in quotes if it starts with a special character.",
    ),
    Code(
        "bad-value",
        "The value is of the right kind, but is not one that is possible here.",
        "Write one of the values that the hint names.",
    ),
    Code(
        "comment-for-value",
        "A key has no value, because what looks like one begins with “#” and so is a comment in YAML.",
        "Put the value in quotes, or write a space after the “#” of a comment.",
        since="0.2.0",
    ),
    Code(
        "conflict-mark",
        "Git left both sides of a conflict in the file.",
        "Keep what is right, and remove the lines with <<<<<<<, ======= and >>>>>>>.",
        since="0.2.0",
    ),
    Code(
        "deprecated-key",
        "A key has another name since a newer version of otasite. It is still read.",
        "Run otasite upgrade, which writes the new name and keeps the rest as it is.",
        "warning",
        since="0.2.0",
    ),
    Code("duplicate-key", "A key is written twice in one mapping.", "Keep one of the two."),
    Code("empty-item", "An item of a list has no value.", 'Remove it, or write "" for empty text.'),
    Code(
        "merge-key",
        "“<<” merges mappings in some readers of YAML, not in otasite.",
        "Say what the releases of an app share once, in the app's “defaults:”.",
    ),
    Code(
        "missing-key",
        "A key that must be there is not, or has no value.",
        "Add it; the hint says what it is for.",
    ),
    Code(
        "control-character",
        "A text holds a control character, or a code point that is no character.",
        "Remove it: manifests and feeds have no form for it, and nobody sees it.",
        since="0.2.0",
    ),
    Code(
        "not-utf8",
        "A text file is not in UTF-8.",
        "Save it as UTF-8: most editors offer “Save with encoding”.",
    ),
    Code(
        "odd-space",
        "A character that looks like a space, or like nothing, is none for YAML.",
        "Replace it by an ordinary space: it comes from copying text.",
        since="0.2.0",
    ),
    Code(
        "several-documents",
        "The file holds more than one YAML document.",
        "Remove the “---” line, or move what follows to a file of its own.",
    ),
    Code(
        "smart-quotes",
        "Typographic quotes around a key or a value become a part of it.",
        "Write straight quotes, or put all of it in straight quotes to keep the others.",
        since="0.2.0",
    ),
    Code(
        "too-many-problems",
        "A file has so many mistakes that not all of them are listed.",
        "Check that it is the right file, correct those that are listed and run it again.",
        since="0.2.0",
    ),
    Code(
        "trailing-comma",
        "A value without quotes ends with a comma, as lines of JSON do.",
        "Remove the comma, or put the value in quotes if the comma belongs to it.",
        since="0.2.0",
    ),
    Code(
        "unknown-key",
        "A key that has no meaning at this place.",
        "Correct its spelling or its indentation; data of your own belongs below extra:.",
    ),
    Code(
        "unreadable-file",
        "The operating system does not let otasite read a file.",
        "Check that it exists and that its permissions allow reading.",
    ),
    Code(
        "wrong-type",
        "A list, a mapping or plain text stands where another of them is expected.",
        "Write it in the form that the hint shows.",
    ),
    Code(
        "yaml-syntax",
        "The file is not valid YAML.",
        "Look at the indentation, the quotes and the colons at the place and above it.",
    ),
    Code(
        "yaml-tag",
        "A value carries a YAML tag such as !!python/object.",
        "Remove the tag, or put the value in quotes if the “!” is meant as text.",
    ),
    Code(
        "yaml-too-large",
        "The file is larger, nested deeper or repeated by aliases more often than any catalogue needs.",
        "Check that it is the right file; split it if it is.",
    ),
)
