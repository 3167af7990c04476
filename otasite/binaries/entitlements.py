"""What a signature claims against what a profile allows.

The forms are those that Apple's portal writes into profiles: ``*`` for anything, ``TEAM.*`` for anything that begins
so, a list for any of its items (Apple, Technical Note TN3125, “Inside Code Signing: Provisioning Profiles”).
"""

from __future__ import annotations

from typing import Any


def missing_from(allowed: dict[str, Any], signed: dict[str, Any]) -> tuple[str, ...]:
    """Keys that were signed and that the profile does not have at all. One that is switched off claims nothing."""
    return tuple(sorted(key for key, value in signed.items() if _claims(value) and key not in allowed))


def beyond(allowed: dict[str, Any], signed: dict[str, Any]) -> tuple[str, ...]:
    """Keys that the profile has, but not for the value that was signed."""
    return tuple(
        sorted(
            key
            for key, value in signed.items()
            if _claims(value) and key in allowed and not _covers(allowed[key], value)
        )
    )


def covers_text(pattern: str, value: str) -> bool:
    """Whether ``value`` is the pattern, or begins with what stands before its final ``*``."""
    return value == pattern or (pattern.endswith("*") and value.startswith(pattern[:-1]))


def _claims(value: object) -> bool:
    return value is not False and value != [] and value != ""


def _covers(allowed: object, value: object) -> bool:
    if isinstance(value, list):
        return all(_covers(allowed, item) for item in value)
    if isinstance(allowed, list):
        return any(_covers(item, value) for item in allowed)
    if isinstance(allowed, str):
        return (isinstance(value, str) and covers_text(allowed, value)) or allowed == "*"
    return bool(allowed == value)
