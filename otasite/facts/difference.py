"""How two builds of an app differ inside, and which differences a review may refuse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal, get_args

import msgspec

from otasite.facts.model import BuildFacts
from otasite.problems import Refused, suggest

Kind = Literal[
    "identifier", "signer", "team", "debuggable", "permission", "usage", "service", "entitlement", "minimum-os",
    "target-sdk", "architecture", "feature", "device", "size", "library", "extension", "mode", "url-scheme",
    "domain", "tracking", "collected-data", "api", "encryption", "language", "tool",
]  # fmt: skip


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One difference. ``what`` is the thing that differs; ``before`` is "" when it is new, ``after`` when it is gone.

    ``growth`` is by how many bytes a size grew. Things that are only there or not have “yes” for their value.
    """

    kind: Kind
    what: str = ""
    before: str = ""
    after: str = ""
    growth: int = 0

    @property
    def is_new(self) -> bool:
        return not self.before

    @property
    def is_gone(self) -> bool:
        return not self.after


def difference(before: BuildFacts, after: BuildFacts) -> tuple[Change, ...]:
    """Everything in which two builds differ, what a reviewer cares about most first."""
    return tuple(_changes(before, after))


def _changes(before: BuildFacts, after: BuildFacts) -> Iterator[Change]:
    for kind, what, get in _VALUES:
        yield from _value(kind, what, get(before), get(after))
    for kind, items in _ITEMS:
        yield from _items(kind, items(before), items(after))
    for what in ("download", "installed"):
        yield from _size(what, getattr(before, f"{what}_size"), getattr(after, f"{what}_size"))


def _value(kind: Kind, what: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(kind=kind, what=what, before=before, after=after)


def _items(kind: Kind, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        yield from _value(kind, name, before.get(name, ""), after.get(name, ""))


def _size(what: str, before: int, after: int) -> Iterator[Change]:
    if before and after and before != after:
        yield Change(kind="size", what=what, before=str(before), after=str(after), growth=after - before)


def _signer(facts: BuildFacts) -> str:
    return facts.signer.sha256 if facts.signer else ""


def _team(facts: BuildFacts) -> str:
    return facts.signer.team if facts.signer else ""


def _truth(value: object) -> str:
    return "yes" if value else ""


def _names(names: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(names, "yes")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value) or "none"


def _all_shown(values: Mapping[str, object]) -> dict[str, str]:
    return {key: _shown(value) for key, value in values.items()}


def _of_parts(facts: BuildFacts, field: Literal["usage", "entitlements"]) -> dict[str, str]:
    """What extensions, watch apps and App Clips have of their own, with their names."""
    return {
        f"{key} ({part.identifier or part.name})": value
        for part in facts.parts
        for key, value in _all_shown(getattr(part, field)).items()
    }


def _encryption(facts: BuildFacts) -> str:
    return "" if facts.encryption is None else _shown(facts.encryption)


_VALUES: Final[tuple[tuple[Kind, str, Callable[[BuildFacts], str]], ...]] = (
    ("identifier", "", lambda facts: facts.identifier),
    ("signer", "", _signer),
    ("team", "", _team),
    ("debuggable", "", lambda facts: _truth(facts.debuggable)),
    ("minimum-os", "", lambda facts: facts.minimum_os),
    ("target-sdk", "", lambda facts: str(facts.target_sdk or "")),
    ("tracking", "", lambda facts: _truth(facts.privacy and facts.privacy.tracking)),
    ("encryption", "", _encryption),
)
_ITEMS: Final[tuple[tuple[Kind, Callable[[BuildFacts], Mapping[str, str]]], ...]] = (
    ("permission", lambda facts: {item.name: item.level for item in facts.permissions}),
    ("usage", lambda facts: {item.key: item.text or "yes" for item in facts.usage} | _of_parts(facts, "usage")),
    ("service", lambda facts: _names(facts.services)),
    ("entitlement", lambda facts: _all_shown(facts.entitlements) | _of_parts(facts, "entitlements")),
    ("architecture", lambda facts: _names(facts.architectures)),
    ("feature", lambda facts: _names(facts.features)),
    ("device", lambda facts: _names(facts.device_family)),
    ("library", lambda facts: {item.name: item.version or "yes" for item in facts.libraries}),
    ("extension", lambda facts: {item.identifier or item.name: item.kind for item in facts.parts}),
    ("mode", lambda facts: _names(facts.modes)),
    ("url-scheme", lambda facts: _names(facts.url_schemes)),
    ("domain", lambda facts: _names(facts.domains)),
    ("collected-data", lambda facts: _names(item.type for item in facts.privacy.collected) if facts.privacy else {}),
    ("api", lambda facts: _names(facts.api_categories)),
    ("language", lambda facts: _names(facts.languages)),
    ("tool", lambda facts: {**facts.build_tools, **({"sdk": facts.sdk} if facts.sdk else {})}),
)

# --- what a review refuses ------------------------------------------------------------------------------------

#: Names of rules besides those of kinds, and what each of them looks at.
_GROUPS: Final[dict[str, frozenset[Kind]]] = {
    "permission": frozenset({"permission", "usage", "service"}),
    "signer": frozenset({"signer", "team"}),
    "privacy": frozenset({"tracking", "collected-data"}),
}
#: What is refused only when it comes; of what is not in here each change is.
_WHEN_NEW: Final = frozenset(
    {"permission", "usage", "service", "debuggable", "tracking", "collected-data", "library", "extension", "mode"}
)
_WHEN_GONE: Final = frozenset({"architecture", "device"})
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(%|kB|MB|GB)")
_UNITS: Final = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


class Rule(msgspec.Struct, frozen=True):
    """One word of ``--fail-on``: kinds of changes, and for sizes by how much they may grow: bytes, or a share."""

    kinds: frozenset[Kind]
    bytes_more: float = 0
    share_more: float = 0

    def refuses(self, change: Change) -> bool:
        if change.kind not in self.kinds:
            return False
        if change.kind == "size":
            before = int(change.before)
            return change.growth > max(self.bytes_more, before * self.share_more)
        if change.kind == "minimum-os":
            return system_key(change.after) > system_key(change.before)
        if change.kind in _WHEN_NEW:
            return change.is_new
        return change.is_gone if change.kind in _WHEN_GONE else True


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules in ``permission,minimum-os,size:10%``. Raises :class:`Refused` for a word that is none."""
    return tuple(_rule(word.strip()) for word in text.split(",") if word.strip())


def _rule(word: str) -> Rule:
    name, _, limit = word.partition(":")
    if name == "size" and limit:
        if match := _SIZE.fullmatch(limit):
            number = float(match[1])
            share = number / 100 if match[2] == "%" else 0
            return Rule(frozenset({"size"}), share_more=share, bytes_more=number * _UNITS.get(match[2], 0))
        raise Refused(f"“{limit}” is no growth of a size", "write size:10% or size:5MB")
    if limit:
        raise Refused(f"only size takes a limit, not “{name}”", "write size:10% or size:5MB")
    if name in _GROUPS:
        return Rule(_GROUPS[name])
    kinds = {kind: kind for kind in get_args(Kind)}
    if name not in kinds:
        known = sorted({*kinds, *_GROUPS})
        hint = suggest(name, known) or f"there are: {', '.join(known)}"
        raise Refused(f"there is no kind of change “{name}”", hint)
    return Rule(frozenset({kinds[name]}))


def refused(changes: Iterable[Change], rules: Iterable[Rule]) -> tuple[Change, ...]:
    """The changes that any of the rules refuses."""
    rules = tuple(rules)
    return tuple(change for change in changes if any(rule.refuses(change) for rule in rules))


def system_key(version: str) -> tuple[tuple[int, str], ...]:
    """A key that orders versions of systems: 9 before 10, and 16 is 16.0."""
    parts = [part.lstrip("0") for part in version.split(".")]
    while parts and not parts[-1]:
        parts.pop()
    return tuple((len(part), part) for part in parts)
