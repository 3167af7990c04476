"""``outputs:`` of the site or of one app: what is published besides pages because somebody asked for it.

Which outputs there are, and what can be said of each, their own classes declare (:mod:`otasite.outputs.output`): the
loader is given these declarations. What an app says of an output counts before what the site says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import getitem
from typing import Any, Literal, cast

import msgspec

from otasite.catalogue.field_rules import Found
from otasite.catalogue.model import App
from otasite.problems import Findings
from otasite.typed_yaml.reading import Where
from otasite.typed_yaml.record import Record

#: Judges what an app says of an output: the app, what is at a path of the project, and positions in the app's file.
Judge = Callable[[App, Callable[[str], Found], Where, Findings], None]
Holder = Literal["site", "app"]


class OutputKind(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of an output below ``outputs:``.

    ``in_site`` and ``in_app`` tell people what its key does there; its settings can stand at the key instead of true
    and false. An output that is ``one_by_one`` only those apps have that say so themselves. ``judge`` is asked for
    apps that have settings of it.
    """

    name: str = ""
    in_site: str
    in_app: str
    site_settings: type[Record] | None = None
    app_settings: type[Record] | None = None
    one_by_one: bool = False
    judge: Judge | None = None


OutputKinds = tuple[OutputKind, ...]
_MEANING: dict[Holder, str] = {
    "site": "``outputs:`` of the site as a mapping: each output with its settings, or true, or false.",
    "app": "``outputs:`` of an app as a mapping; false takes it out of what the site has.",
}


@cache
def outputs_type(kinds: OutputKinds, holder: Holder) -> Any:
    """The type of what may stand at ``outputs:``: a list of names, or a record with a key for each output."""
    names: Any = getitem(Literal, tuple(kind.name for kind in kinds))
    return tuple[names, ...] | outputs_record(kinds, holder) | None


@cache
def outputs_record(kinds: OutputKinds, holder: Holder) -> type[Record]:
    """The mapping at ``outputs:``, documented as records are."""
    fields: list[tuple[str, Any, None]] = []
    lines = [_MEANING[holder], ""]
    for kind in kinds:
        settings = kind.site_settings if holder == "site" else kind.app_settings
        fields.append((kind.name, bool | settings | None if settings else bool | None, None))
        lines.append(f"{kind.name}: {kind.in_site if holder == 'site' else kind.in_app}")
    name = f"{holder.title()}OutputsRecord"
    made = msgspec.defstruct(
        name, fields, bases=(Record,), namespace={"__doc__": "\n".join(lines)}, frozen=True, kw_only=True
    )
    return cast(type[Record], made)


Said = tuple[str, ...] | Record | None


def site_outputs(said: Said, where: Where) -> tuple[str, ...]:
    """What ``site.yaml`` switches on for all apps, by name."""
    return tuple(sorted(_on(said, where)))


def app_outputs(
    said: Said, site: tuple[str, ...], kinds: OutputKinds, visibility: str, findings: Findings, where: Where
) -> tuple[str, ...]:
    """What is made for an app: the site's outputs, and its own before them. None for apps that nothing may name."""
    own, off = _on(said, where), _off(said)
    if visibility == "public":
        one_by_one = {kind.name for kind in kinds if kind.one_by_one}
        return tuple(sorted(({*site} - one_by_one | own) - off))
    if own:
        findings.report(
            "outputs-not-public",
            f"this app is {visibility}, and no feed, index or badge may name it: it gets none",
            hint="remove outputs: here, or make the app public",
            at=where("outputs", key=True),
        )
    return ()


def settings_in(said: Said) -> dict[str, Any]:
    """The settings of those outputs that have any, by name."""
    values = {name: getattr(said, name) for name in said.__struct_fields__} if isinstance(said, Record) else {}
    return {name: value for name, value in values.items() if isinstance(value, Record)}


def _on(said: Said, where: Where) -> set[str]:
    """The outputs that are named: in a mapping also by a key with nothing after it."""
    if not isinstance(said, Record):
        return set(said or ())
    return {*where.names("outputs")} & {*said.__struct_fields__} - _off(said)


def _off(said: Said) -> set[str]:
    names = said.__struct_fields__ if isinstance(said, Record) else ()
    return {name for name in names if getattr(said, name) is False}
