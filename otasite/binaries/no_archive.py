"""What a file is that cannot be opened as a zip archive: people save login pages and error answers as binaries."""

from __future__ import annotations

from pathlib import Path

#: What to do about a file that broke on its way.
COPY_AGAIN = "Copy or download the file again; if that does not help, export it again."
_HEAD_BYTES = 1024


def explain(path: Path, error: Exception) -> tuple[str, str, str]:
    """Code, message and hint for a file that is no readable zip: look at its first bytes and say what it is."""
    if isinstance(error, FileNotFoundError):
        return "binary-missing", "there is no such file", "Check the path."
    if isinstance(error, IsADirectoryError):
        return "binary-is-folder", "this is a folder, not a file", "Name the .ipa or .apk file itself."
    if isinstance(error, OSError) and error.strerror:
        return "binary-unreadable", f"the file cannot be read: {error.strerror}", "Check its permissions."
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as unreadable:
        return "binary-unreadable", f"the file cannot be read: {unreadable.strerror}", "Check its permissions."
    return _explain_head(head, error)


def _explain_head(head: bytes, error: Exception) -> tuple[str, str, str]:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "binary-empty", "the file is empty", COPY_AGAIN
    if text.startswith(b"version https://git-lfs"):
        return (
            "binary-lfs-pointer",
            "this is a Git LFS pointer, not the binary it stands for",
            "Run `git lfs pull`, or let the CI checkout fetch LFS files.",
        )
    if text.startswith((b"<!doctype html", b"<html")):
        return (
            "binary-html",
            "this is a web page saved under the name of a binary, often a login or error page",
            "Download the binary again while signed in.",
        )
    if text.startswith((b"<?xml", b"<error", b"{")):
        return (
            "binary-text-answer",
            "this is a server's text answer (XML or JSON) saved under the name of a binary",
            "Open the file in an editor to read the answer, then download the binary again.",
        )
    if not head.startswith(b"PK"):
        return "binary-not-zip", "this is no .ipa or .apk: those are zip archives", "Name another file."
    if "more than" in str(error) or "too large" in str(error):
        return "archive-too-large", f"the archive is not read: {reason_of(error)}", ""
    if "not a zip file" in str(error):
        return "binary-truncated", "the archive ends too early: its table of contents is missing", COPY_AGAIN
    return "archive-damaged", f"the archive is damaged ({reason_of(error)})", COPY_AGAIN


def reason_of(error: Exception) -> str:
    return str(error).strip("'\"") or type(error).__name__
