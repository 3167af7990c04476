"""What a template may read: the typed contract between otasite and themes.

Each page is rendered from exactly one of the ``…Page`` structs below and the theme. They are frozen and
complete: a template reaches nothing else, so the fingerprint of a page is the hash of its view and its theme.

Paths (``path``, ``src``, ``href`` where said) count from the site's root: write ``{{ page.root }}{{ app.path }}``.
``page.root`` is ``""``, ``"../"`` … or, on the 404 page, the absolute base path. Dates are ISO 8601 text.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from otasite.catalogue.records import BinaryData, DeviceCheckRecord, Extra, ReleaseData
from otasite.hosts.headers import page_policy

PageKind = Literal[
    "index", "category", "app", "channel", "release", "page", "help", "management", "repository", "not-found"
]
OptionValue = str | bool | int


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything a template sees."""


class Alternate(View, frozen=True, kw_only=True):
    """The same page in another language."""

    language: str
    name: str  # the language's own name: Deutsch, 日本語
    path: str
    url: str
    current: bool


class Contact(View, frozen=True, kw_only=True):
    email: str
    url: str


class NavItem(View, frozen=True, kw_only=True):
    title: str
    path: str


class SiteView(View, frozen=True, kw_only=True):
    """The site as every page sees it."""

    title: str
    description: str
    organisation: str
    contact: Contact
    path: str  # of the index in this page's language
    pages: tuple[NavItem, ...]  # the free pages, for the footer
    options: dict[str, OptionValue]  # the theme's options
    generator: str
    help: str = ""  # path of the help page in this page's language; "" when the site has none
    #: Where the help page explains a symptom, but for its name: ``help/#``; "" when that page is the site's own.
    symptoms: str = ""
    register_url: str = ""  # https address of a .mobileconfig where people register a device; "" when none
    logo: str = ""  # path of the organisation's mark, a square picture; "" when there is none
    extra: Extra = msgspec.field(default_factory=dict)  # data of the site's own, in this page's language


class PageMeta(View, frozen=True, kw_only=True):
    """The page itself: where it is and what the head needs."""

    kind: PageKind
    language: str
    direction: Literal["ltr", "rtl"]
    root: str
    path: str
    url: str  # absolute https address (canonical)
    title: str
    description: str
    noindex: bool
    alternates: tuple[Alternate, ...]
    feed: str  # path of the Atom feed that fits this page
    qr: str  # path of the SVG with this page's address; "" when the page has none
    social_image: str = ""  # absolute URL of a 1200×630 PNG for link previews; "" when the page has none
    web_manifest: str = ""  # path of the web app manifest; "" when the page has none
    policy: str = page_policy()  # the Content-Security-Policy for the head


class Icon(View, frozen=True, kw_only=True):
    """An app's icon: paths of files by pixel size. ``drawn`` when it is a tile made from the initial."""

    small: str  # 120
    medium: str  # 180
    large: str  # 360, as WebP; the others are PNG
    drawn: bool
    hue: int = -1  # that it has most of: degrees of OKLCH's circle in steps of 15; negative for a grey icon


class Picture(View, frozen=True, kw_only=True):
    src: str
    alt: str
    width: int
    height: int


class LinkView(View, frozen=True, kw_only=True):
    kind: Literal["app_store", "play", "testflight", "website"]
    href: str


class ChannelView(View, frozen=True, kw_only=True):
    id: str
    title: str
    path: str
    is_default: bool


class SigningView(View, frozen=True, kw_only=True):
    type: str  # enterprise, ad-hoc, development, or "" when nobody said
    team: str
    expires: str  # ISO 8601 UTC, "" when unknown
    devices: int | None


class InsideChange(View, frozen=True, kw_only=True):
    """What changed inside of a build since the one before it in its channel."""

    kind: Literal["larger", "smaller", "needs", "asks", "library", "signer"]
    platform: Literal["ios", "android"]
    what: tuple[str, ...] = ()  # the system needed now; names of texts (``asks.…``) of what it asks for; libraries
    size: int = 0  # bytes more or less to download


class InsideView(View, frozen=True, kw_only=True):
    """What is known of the inside of a build."""

    asks: tuple[str, ...]  # names of texts: asks.camera, asks.location …
    abis: tuple[str, ...]  # of an APK with native code: arm64-v8a …
    made_for: str  # of an APK that is for no phone, as names of texts: watch, tv or car; else ""
    works_on: tuple[str, ...]  # the same as names of texts: arm64, arm32, x86
    installed_size: int  # bytes, about
    libraries: tuple[str, ...]  # with their versions
    signer: str  # SHA-256 of the certificate, in upper case with colons
    verifier: str  # the same as AppVerifier reads it: below the application ID
    changes: tuple[InsideChange, ...]


class HistoryItem(ReleaseData, frozen=True, kw_only=True):
    """A release as one line of a history."""

    path: str
    channel: ChannelView
    platforms: tuple[str, ...]
    notes: str  # sanitised HTML
    pinned: bool
    changes: tuple[InsideChange, ...] = ()  # inside of it, where its notes are shown, too
    extra: Extra = msgspec.field(default_factory=dict)


class Origin(HistoryItem, frozen=True, kw_only=True):
    """Another release than the newest, of which a page offers the binary for one platform."""

    commit: str
    branch: str
    commit_url: str = ""
    branch_url: str = ""


class EarlierBuild(ReleaseData, frozen=True, kw_only=True):
    """A build for systems that a newer one no longer runs on. ``id`` and ``date`` are its release's."""

    path: str  # of its release's page
    minimum_os: str
    install_url: str  # itms-services:// link; "" for Android, where its page has the file
    expires: str  # ISO 8601 UTC, "" when unknown


class BinaryView(BinaryData, frozen=True, kw_only=True):
    """One installable file of a release, with all that :class:`~otasite.catalogue.records.BinaryData` says."""

    platform: Literal["ios", "android"]
    install_url: str  # itms-services:// link, or the address of the APK: goes into href as it is
    manifest: str  # path of the manifest; "" for Android
    download: str  # path (own file) or absolute URL (hosted elsewhere)
    download_is_path: bool
    filename: str
    signing: SigningView
    device_check: DeviceCheckRecord | None = None  # by this a browser tells if a device is in this build
    available_until: str = ""  # ISO 8601 UTC: when the download's signed address ends; "" when it does not
    reinstall: bool = False  # people must delete the app first: it cannot replace the build before it
    #: The release that has it, when that is another one than the page speaks of: the channel's newest release is for
    #: one platform only, and this is the newest build for the other. With its notes, "" where they are the same.
    origin: Origin | None = None
    inside: InsideView | None = None
    #: What people can install whose system is too old for this one, each for older systems than the one before it.
    earlier: tuple[EarlierBuild, ...] = ()


class OfferView(View, frozen=True, kw_only=True):
    """A client that can follow what a page shows."""

    client: str  # its name in texts and styles: obtainium, f-droid …
    platform: Literal["ios", "android"]
    href: str  # makes the client subscribe: goes into href as it is
    address: str = ""  # what its QR code holds: an address of its own, or this part of the page
    qr: str = ""  # path of that QR code; those that hold the same share one


class ReleaseView(ReleaseData, frozen=True, kw_only=True):
    path: str
    url: str
    channel: ChannelView
    notes: str  # sanitised HTML, "" when there are none; mark it safe with |safe only here
    commit: str
    branch: str
    draft: bool
    pinned: bool
    ios: BinaryView | None
    android: BinaryView | None
    commit_url: str = ""  # where the commit can be read, when the site gives a URL pattern
    branch_url: str = ""
    extra: Extra = msgspec.field(default_factory=dict)


class AppHead(View, frozen=True, kw_only=True):
    """An app wherever it is shown."""

    id: str
    path: str
    name: str
    subtitle: str
    category: str
    platforms: tuple[str, ...]
    icon: Icon
    category_path: str = ""  # of the page of its category; "" without one, and for unlisted apps
    extra: Extra = msgspec.field(default_factory=dict)


class AppView(AppHead, frozen=True, kw_only=True):
    """An app on its own pages."""

    description: str  # sanitised HTML
    screenshots: tuple[Picture, ...]
    links: tuple[LinkView, ...]
    unlisted: bool
    management: str = ""  # path of the page for those who manage devices; "" when there is none


class PlatformVersion(View, frozen=True, kw_only=True):
    """The newest build for a platform; the date is its release's."""

    platform: Literal["ios", "android"]
    version: str
    build: str
    date: str


class AppCard(AppHead, frozen=True, kw_only=True):
    """An app as the index shows it."""

    version: str  # newest release of the default channel (else newest at all); "" when there is none
    build: str
    date: str
    versions: tuple[PlatformVersion, ...] = ()  # of that channel, for each platform that has any


class RecentRelease(View, frozen=True, kw_only=True):
    """A release that is an app's newest in a channel, for ``platforms``, as a list across apps shows it."""

    app: str  # the app's id
    app_name: str
    app_path: str
    icon: Icon
    path: str
    version: str
    build: str
    date: str
    channel: ChannelView
    platforms: tuple[str, ...]
    notes: str  # sanitised HTML


class Page(View, frozen=True, kw_only=True):
    """What every page gets. ``data`` are those files of ``content/data/`` that its templates can read."""

    site: SiteView
    page: PageMeta
    data: Extra = msgspec.field(default_factory=dict)


class IndexPage(Page, frozen=True, kw_only=True):
    apps: tuple[AppCard, ...]
    recent: tuple[RecentRelease, ...] = ()  # the newest of each app and channel, newest first, at most twelve


class CategoryPage(Page, frozen=True, kw_only=True):
    category: str
    apps: tuple[AppCard, ...]


class AppPage(Page, frozen=True, kw_only=True):
    """An app: its newest release in the default channel, and what came before.

    ``release`` has the newest build for each platform, also where that is another release's (its ``origin``).
    """

    app: AppView
    release: ReleaseView | None
    channels: tuple[ChannelView, ...]  # those with releases, default first
    history: tuple[HistoryItem, ...]  # newest first, without what is on offer above
    follow: tuple[OfferView, ...] = ()


class ChannelPage(Page, frozen=True, kw_only=True):
    """One channel of an app: its newest release (as on the app's page) and its own history."""

    app: AppView
    channel: ChannelView
    channels: tuple[ChannelView, ...]
    release: ReleaseView
    history: tuple[HistoryItem, ...]
    follow: tuple[OfferView, ...] = ()


class ReleasePage(Page, frozen=True, kw_only=True):
    """One release at its permanent address.

    ``newer`` are the newest releases of its channel that replace it, each with those ``platforms`` for which it does.
    """

    app: AppView
    release: ReleaseView
    newer: tuple[HistoryItem, ...]
    history: tuple[HistoryItem, ...]  # the ten that came before it in its channel


class ManagedChannel(View, frozen=True, kw_only=True):
    """What a server that manages devices reads of a channel: its fixed manifest, and two files made for it."""

    channel: ChannelView
    release: HistoryItem  # the newest one for iPhone and iPad
    manifest: str  # absolute address
    declaration: str  # path
    command: str  # path


class ManagementPage(Page, frozen=True, kw_only=True):
    """An app for those who manage devices. ``managed`` are its channels with a build for iPhone and iPad."""

    app: AppView
    managed: tuple[ManagedChannel, ...]


class RepositoryPage(Page, frozen=True, kw_only=True):
    """The F-Droid repository at its own address, for people; ``follow`` has the one way to add it to a client."""

    apps: tuple[AppCard, ...]  # those that are in it
    address: str  # what people type into a client
    fingerprint: str  # SHA-256 of the certificate that clients trust, in lower-case hex
    follow: tuple[OfferView, ...]


class MarkdownPage(Page, frozen=True, kw_only=True):
    body: str  # sanitised HTML
    template: str = ""  # the name of what makes it, when the page names another than page.html


class HelpPage(Page, frozen=True, kw_only=True):
    """What to do when an install does not work; its texts are the theme's (``help.…`` in the locale files)."""


class NotFoundPage(Page, frozen=True, kw_only=True):
    """What hosts show for an address that leads nowhere."""


PageView = (
    IndexPage
    | CategoryPage
    | AppPage
    | ChannelPage
    | ReleasePage
    | ManagementPage
    | RepositoryPage
    | MarkdownPage
    | HelpPage
    | NotFoundPage
)

#: Which template renders which page.
TEMPLATES: dict[type, str] = {
    IndexPage: "index.html",
    CategoryPage: "category.html",
    AppPage: "app.html",
    ChannelPage: "channel.html",
    ReleasePage: "release.html",
    ManagementPage: "management.html",
    RepositoryPage: "repository.html",
    MarkdownPage: "page.html",
    HelpPage: "help.html",
    NotFoundPage: "404.html",
}
