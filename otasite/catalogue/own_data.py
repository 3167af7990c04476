"""Data of a site's own, judged by what its theme says of it: mistakes at their places, numbers and truths as such.

What a theme declares is always there: text that nobody wrote is empty, a list has no items, all else is ``None``.
What it does not declare stays as it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from otasite.problems import Findings, closest
from otasite.typed_yaml.convert import conform
from otasite.typed_yaml.kinds import Expected, Member, RecordKind, Text
from otasite.typed_yaml.reading import Where

#: How like a declared key another must be (0 to 1) to be taken for a slip of it.
_SLIP: Final = 0.8


class OwnData:
    """What a theme declares of ``extra:`` (by who has it), for a site in these languages, the first one first."""

    def __init__(self, types: Mapping[str, RecordKind], languages: tuple[str, ...], findings: Findings) -> None:
        self._types = types
        self._languages = languages
        self._findings = findings

    def value(self, holder: str, written: dict[str, Any] | None, where: Where) -> dict[str, Any]:
        """The value of ``extra:``; ``where`` is who has it."""
        wanted = self._types.get(holder)
        if wanted is None:
            return written or {}
        held = self._judged(wanted, written or {}, where)
        return {name: empty(member.expected) for name, member in wanted.members.items()} | held

    def common(self, holder: str, written: dict[str, Any] | None, where: Where) -> dict[str, Any] | None:
        """The value of ``extra:`` in ``defaults:``, without what is wrong in it; others may say the rest."""
        wanted = self._types.get(holder)
        if wanted is None or not written:
            return written
        optional = {name: Member(member.expected, required=False) for name, member in wanted.members.items()}
        self._judged(msgspec.structs.replace(wanted, members=optional), written, where)
        return {name: value for name, value in written.items() if not self._is_wrong(wanted, name, value, where)}

    def _is_wrong(self, wanted: RecordKind, name: str, value: Any, where: Where) -> bool:
        member = wanted.members.get(name)
        return member is not None and bool(conform(member.expected, value, where, "extra", name)[1])

    def _judged(self, wanted: RecordKind, written: dict[str, Any], where: Where) -> dict[str, Any]:
        for name in written.keys() - wanted.members.keys():
            meant = closest(name, wanted.members, likeness=_SLIP)
            if meant and meant not in written:
                self._findings.report(
                    "unknown-extra",
                    f"the theme reads no “{name}” here",
                    hint=f"did you mean “{meant}”?",
                    at=where("extra", name, key=True),
                )
        value, problems = conform(Expected(mapping=wanted), written, where, "extra")
        self._findings.extend(problems)
        held = value if isinstance(value, dict) else {}
        free = {name: value for name, value in written.items() if name not in wanted.members}
        return free | {
            name: completed(wanted.members[name].expected, value, self._languages)
            for name, value in held.items()
            if name in wanted.members
        }


def completed(wanted: Expected, value: Any, languages: tuple[str, ...]) -> Any:
    """A value of this type with all that the type declares, and of text by language what the site has use for."""
    if isinstance(value, list) and wanted.listing:
        return [completed(wanted.listing.item, item, languages) for item in value]
    if not isinstance(value, dict) or wanted.mapping is None:
        return value
    if isinstance(wanted.mapping, RecordKind):
        members = wanted.mapping.members
        held = {name: completed(members[name].expected, part, languages) for name, part in value.items()}
        return {name: empty(member.expected) for name, member in members.items()} | held
    if isinstance(wanted.scalar, Text) and value:  # text by language
        known = {name: text for name, text in value.items() if name in languages}
        return known or next(iter(value.values()))
    return {name: completed(wanted.mapping.value, part, languages) for name, part in value.items()}


def empty(wanted: Expected) -> Any:
    """What stands where nothing is said."""
    if isinstance(wanted.scalar, Text):
        return ""
    return [] if wanted.listing else None
