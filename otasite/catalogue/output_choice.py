"""``outputs:`` of the site or of one app: what is published besides pages because somebody asked for it.

The records say which outputs there are and what can be said of each; the classes that make them have the same names
(:mod:`otasite.outputs`). What an app says of an output counts before what the site says.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta

from otasite.problems import Findings
from otasite.typed_yaml.reading import Where
from otasite.typed_yaml.record import Record

OutputName = Literal["altstore", "badges", "fdroid", "management", "obtainium"]
#: People sign these builds again with accounts of their own, so an app takes part only when it says so itself.
ONE_BY_ONE: frozenset[OutputName] = frozenset({"altstore"})
StaticFolder = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*/?\Z",
        description="A folder below content/static, with slashes.",
    ),
]
AltStoreCategory = Literal[
    "developer", "entertainment", "games", "lifestyle", "other", "photo-video", "social", "utilities"
]
OUTPUTS: tuple[OutputName, ...] = get_args(OutputName)


class FDroidRecord(Record, frozen=True, kw_only=True):
    """``fdroid:`` of the site's ``outputs:``: its F-Droid repository.

    name: Name of the repository in clients; without one the site's title.
    description: What the repository has; without one the site's description.
    fingerprint: SHA-256 of the certificate that clients trust, from “otasite key”; another key is refused then.
    """

    name: str | dict[str, str] | None = None
    description: str | dict[str, str] | None = None
    fingerprint: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="64 lower-case hex digits.")] | None = (
        None
    )


class AltStoreAppRecord(Record, frozen=True, kw_only=True):
    """``altstore:`` of an app's ``outputs:``: how AltStore and clients of its kind show it.

    category: One of developer, entertainment, games, lifestyle, other, photo-video, social and utilities.
    tint_color: Colour of the app's page there, such as “#0a7a5c”.
    marketplace_id: The app's Apple ID, a number, for the source of AltStore PAL.
    packages: Alternative distribution packages: the name of a release and its folder below content/static.
    """

    category: AltStoreCategory | None = None
    tint_color: Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}\Z", description="A colour, #rrggbb.")] | None = None
    marketplace_id: Annotated[str, Meta(pattern=r"^\d+\Z", description="Digits.")] | None = None
    packages: dict[str, StaticFolder] | None = None


class SiteOutputsRecord(Record, frozen=True, kw_only=True):
    """``outputs:`` of the site as a mapping: each output with its settings, or true, or false.

    altstore: A source for AltStore Classic, SideStore, Feather and LiveContainer; apps join it one by one.
    badges: Pictures with the newest version of each app and channel, for other websites.
    fdroid: A repository for F-Droid and other clients of its kind, with all Android apps.
    management: A fixed manifest of each channel with the files that servers for device management take.
    obtainium: Links and an index.xml with which Obtainium follows Android apps.
    """

    altstore: bool | None = None
    badges: bool | None = None
    fdroid: bool | FDroidRecord | None = None
    management: bool | None = None
    obtainium: bool | None = None


class AppOutputsRecord(Record, frozen=True, kw_only=True):
    """``outputs:`` of an app as a mapping; false takes it out of what the site has.

    altstore: Its place in the source for AltStore; without this key it has none.
    badges: Pictures with the newest version of each channel, for other websites.
    fdroid: Its part of the F-Droid repository.
    management: A fixed manifest of each channel with the files that servers for device management take.
    obtainium: Links and a part of index.xml with which Obtainium follows the Android app.
    """

    altstore: bool | AltStoreAppRecord | None = None
    badges: bool | None = None
    fdroid: bool | None = None
    management: bool | None = None
    obtainium: bool | None = None


Said = tuple[OutputName, ...] | Record | None


def site_outputs(said: Said, where: Where) -> tuple[OutputName, ...]:
    """What ``site.yaml`` switches on for all apps, by name."""
    return tuple(sorted(_on(said, where)))


def app_outputs(
    said: Said, site: tuple[OutputName, ...], visibility: str, findings: Findings, where: Where
) -> tuple[OutputName, ...]:
    """What is made for an app: the site's outputs, and its own before them. None for apps that nothing may name."""
    own, off = _on(said, where), _off(said)
    if visibility == "public":
        return tuple(sorted(({*site} - ONE_BY_ONE | own) - off))
    if own:
        findings.report(
            "outputs-not-public",
            f"this app is {visibility}, and no feed, index or badge may name it: it gets none",
            hint="remove outputs: here, or make the app public",
            at=where("outputs", key=True),
        )
    return ()


def _on(said: Said, where: Where) -> set[OutputName]:
    """The outputs that are named: in a mapping also by a key with nothing after it."""
    if not isinstance(said, Record):
        return set(said or ())
    written = where.names("outputs")
    return {name for name in OUTPUTS if name in written} - _off(said)


def _off(said: Said) -> set[OutputName]:
    return {name for name in OUTPUTS if getattr(said, name, None) is False} if isinstance(said, Record) else set()
