"""``site.yaml`` as people write it; see :mod:`otasite.catalogue.records`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from otasite.catalogue.records import (
    FREE_KEYS,
    BinariesRecord,
    Extra,
    HostKey,
    HttpsUrl,
    Outputs,
    Positive,
    Slug,
    Text,
)
from otasite.hosts.names import HostName, Plan
from otasite.typed_yaml.record import Record


class ContactRecord(Record, frozen=True, kw_only=True):
    """How a tester reaches a person who can help.

    email: Mail address for questions.
    url: Page with help or a form.
    """

    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+\Z", description="A mail address.")] | None = None
    url: HttpsUrl | None = None


class OrganisationRecord(Record, frozen=True, kw_only=True):
    """Who distributes these apps.

    name: Name of the company or team.
    logo: A picture of content/static, square, that pages show beside the site's name: logo.svg.
    contact: How testers reach a person who can help.
    """

    name: str | None = None
    logo: str | None = None
    contact: ContactRecord | None = None


class ChannelRecord(Record, frozen=True, kw_only=True):
    """One channel: a line of releases that people follow, such as stable or beta.

    title: Name that people see.
    default: Whether an app's page shows this channel first; without one it is the first in the list.
    keep: How many releases of each app and platform the site keeps in this channel, pinned ones not counted.
    """

    title: Text | None = None
    default: bool | None = None
    keep: Positive | None = None


class ThemeRecord(Record, frozen=True, kw_only=True):
    """``theme:`` with options; the options themselves are declared by the theme's ``theme.yaml``.

    name: Folder of the theme in themes/, or “default”.
    options: Options that the theme declares.
    """

    name: Slug | None = None
    options: dict[str, str] | None = None


class SourceCodeRecord(Record, frozen=True, kw_only=True):
    """``source_code:``: where commits and branches of releases can be read, with ``{commit}`` and ``{branch}``.

    commit_url: Address of a commit, with {commit} where its hash goes.
    branch_url: Address of a branch, with {branch} where its name goes.
    """

    commit_url: Annotated[str, Meta(pattern=r"^https://.*\{commit\}", description="With {commit}.")] | None = None
    branch_url: Annotated[str, Meta(pattern=r"^https://.*\{branch\}", description="With {branch}.")] | None = None


class HostRecord(Record, frozen=True, kw_only=True):
    """One host in ``hosting:``, with what its limits depend on.

    plan: Whether the account there is free or paid; some limits differ.
    """

    plan: Plan | None = None


class SiteRecord(Record, frozen=True, kw_only=True):
    """``site.yaml``.

    title: Title of the site; one text, or one for each language.
    description: A sentence below the title.
    base_url: The https address where the site will live; manifests and QR codes need it.
    organisation: Who distributes these apps.
    theme: Name of the theme, or its name and options.
    languages: Languages of the site such as en or pt-BR, its main one first.
    channels: Lines of releases that people follow, the default one first.
    source_code: Where commits and branches of releases can be read.
    register_url: Page where testers register a device.
    noindex: Ask search engines to leave the whole site out.
    timezone: Zone of times of day that do not say theirs, such as Europe/Berlin (IANA names).
    hosting: Where the site will be hosted: one host, a list, or a mapping with settings of each.
    binaries: Where binaries live, when they are too large for the site's own host.
    files: Files beside the pages that templates make; each has template and path, and perhaps per and type.
    outputs: What is published of all apps besides pages: a list, or a mapping with settings of each.
    extra: Data of your own, for templates and catalogue.json.
    """

    REPLACED: ClassVar = FREE_KEYS

    title: Text
    description: Text | None = None
    base_url: str | None = None
    organisation: OrganisationRecord | None = None
    theme: Slug | ThemeRecord | None = None
    languages: tuple[Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Z]{2})?\Z")], ...] | None = None
    channels: dict[str, ChannelRecord] | None = None
    source_code: SourceCodeRecord | None = None
    register_url: HttpsUrl | None = None
    noindex: bool | None = None
    timezone: str | None = None
    hosting: HostName | tuple[HostName, ...] | dict[HostKey, HostRecord] | None = None
    binaries: BinariesRecord | None = None
    files: tuple[dict[str, str], ...] | None = None
    outputs: Outputs | None = None
    extra: Extra | None = None
