"""Views as a site might have them, with the awkward cases: long names, Arabic, nothing at all, everything at once."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from msgspec.structs import replace

from otasite.catalogue.records import DeviceCheckRecord
from otasite.site.components import ComponentView, MediaView, marked
from otasite.site.views import (
    Alternate,
    AppCard,
    AppPage,
    AppView,
    BinaryView,
    CategoryPage,
    ChannelPage,
    ChannelView,
    Contact,
    HelpPage,
    HistoryItem,
    Icon,
    IndexPage,
    LinkView,
    ManagedChannel,
    ManagementPage,
    MarkdownPage,
    NavItem,
    NotFoundPage,
    OfferView,
    PageKind,
    PageMeta,
    PageView,
    Picture,
    ReleasePage,
    ReleaseView,
    RepositoryPage,
    SigningView,
    SiteView,
)

BASE = "https://apps.example.com/"
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt-BR": "Português (Brasil)",
    "ja": "日本語",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
    "ko": "한국어",
    "ar": "العربية",
}
#: The defaults that the theme declares; :func:`tests.themes.default.pages.render` fills in a theme's real values.
OPTIONS: dict[str, str | bool | int] = {
    "accent": "#0071e3",
    "icon_accent": True,
    "appearance": "auto",
    "corners": "round",
    "show_qr": True,
    "show_checksum": True,
    "footer": "",
}
NOTES = """<ul><li>Shifts can be swapped with a colleague: both confirm, the planner sees it at once.</li>
<li>The map keeps the last position when a tunnel takes the signal away.</li>
<li>Fixed: a crash when the ticket printer ran out of paper.</li></ul>"""
STABLE = ChannelView(id="stable", title="Stable", path="driver/stable/", is_default=True)
BETA = ChannelView(id="beta", title="Beta", path="driver/beta/", is_default=False)
NIGHTLY = ChannelView(id="nightly", title="Nightly", path="driver/nightly/", is_default=False)


def site(language: str = "en", **changes: Any) -> SiteView:
    values: dict[str, Any] = {
        "title": "Larkfield Transit Apps",
        "description": "Test builds and staff apps of Larkfield Transit, installed straight from this page.",
        "organisation": "Larkfield Transit",
        "contact": Contact(email="apps@example.com", url=""),
        "path": "" if language == "en" else f"{language}/",
        "pages": (NavItem(title="Privacy", path="privacy/"),),
        "options": OPTIONS,
        "generator": "otasite 1.0",
        "help": "help/" if language == "en" else f"{language}/help/",
        "symptoms": "help/#" if language == "en" else f"{language}/help/#",
    }
    return SiteView(**values | changes)


def meta(kind: PageKind, path: str, title: str, language: str = "en", **changes: Any) -> PageMeta:
    def located(other: str) -> str:
        return path if other == "en" else f"{other}/{path}"

    own = located(language)
    values: dict[str, Any] = {
        "kind": kind,
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "root": "../" * own.count("/"),
        "path": own,
        "url": BASE + own,
        "title": title,
        "description": "Routes, shifts and tickets on the road.",
        "noindex": False,
        "alternates": tuple(
            Alternate(
                language=code, name=name, path=located(code), url=BASE + located(code), current=code == language
            )
            for code, name in LANGUAGES.items()
        ),
        "feed": "feed.xml",
        "qr": f"{own}qr.svg",
    }
    return PageMeta(**values | changes)


def icon(app: str) -> Icon:
    return Icon(small=f"{app}/icon-120.png", medium=f"{app}/icon-180.png", large=f"{app}/icon-360.webp", drawn=False)


def app(name: str = "Larkfield Driver", **changes: Any) -> AppView:
    values: dict[str, Any] = {
        "id": "driver",
        "path": "driver/",
        "name": name,
        "subtitle": "Routes, shifts and tickets on the road",
        "category": "Operations",
        "platforms": ("ios",),
        "icon": icon("driver"),
        "description": "<p>Everything a driver needs between sign-on and sign-off: today’s runs, the next stop, "
        "delays as they happen, and a ticket desk that works without a signal.</p>"
        "<p>Your data stays on this device until you are back at the depot.</p>",
        "screenshots": tuple(
            Picture(src=f"driver/screen-{number}.png", alt=f"The shift plan, page {number}", width=390, height=844)
            for number in (1, 2, 3, 4)
        ),
        "links": (),
        "unlisted": False,
    }
    return AppView(**values | changes)


def signing(type: str = "enterprise", **changes: Any) -> SigningView:
    values: dict[str, Any] = {
        "type": type,
        "team": "Larkfield Transit GmbH",
        "expires": "2036-03-31T09:30:00Z",
        "devices": None if type == "enterprise" else 24,
    }
    return SigningView(**values | changes)


def binary(platform: Literal["ios", "android"] = "ios", type: str = "enterprise", **changes: Any) -> BinaryView:
    ios = platform == "ios"
    manifest = "driver/2.8.0-281/manifest.plist"
    filename = "Driver-2.8.0-281.3f9a2c41.ipa" if ios else "Driver-2.8.0-281.77c0b1d2.apk"
    nested = quote(BASE + manifest, safe="")
    values: dict[str, Any] = {
        "platform": platform,
        "install_url": f"itms-services://?action=download-manifest&url={nested}" if ios else BASE + filename,
        "manifest": manifest if ios else "",
        "download": f"driver/2.8.0-281/{filename}",
        "download_is_path": True,
        "filename": filename,
        "identifier": "com.example.larkfield.driver",
        "version": "2.8.0",
        "build": "281",
        "size": 48_213_991 if ios else 31_004_211,
        "sha256": "3f9a2c41d0c8e5b7a6f4132e90bd77c85a1be3f06d29c4478be0153ad9f26e0c",
        "minimum_os": "16.4" if ios else "10",
        "device_family": ("iphone", "ipad") if ios else (),
        "signing": signing(type) if ios else SigningView(type="", team="", expires="", devices=None),
    }
    return BinaryView(**values | changes)


def release(**changes: Any) -> ReleaseView:
    values: dict[str, Any] = {
        "id": "2.8.0-281",
        "path": "driver/2.8.0-281/",
        "url": BASE + "driver/2.8.0-281/",
        "version": "2.8.0",
        "build": "281",
        "date": "2026-03-03",
        "channel": STABLE,
        "notes": NOTES,
        "commit": "9f31c07be2a4d5116f3c8a7b90e2d4c5f6a7b8c9",
        "branch": "release/2.8",
        "draft": False,
        "pinned": False,
        "ios": binary(),
        "android": None,
        "commit_url": "https://git.example.com/driver/commit/9f31c07be2a4",
    }
    return ReleaseView(**values | changes)


def history(count: int = 10) -> tuple[HistoryItem, ...]:
    return tuple(
        HistoryItem(
            id=f"2.{number}.0-{200 + number * 10}",
            path=f"driver/2.{number}.0-{200 + number * 10}/",
            version=f"2.{number}.0",
            build=str(200 + number * 10),
            date=f"2025-{number % 12 + 1:02}-14",
            channel=BETA if number % 4 == 0 else STABLE,
            platforms=("ios",),
            notes="" if number % 3 == 0 else f"<p>Stop announcements are louder in mode {number}.</p>",
            pinned=number == 5,
        )
        for number in range(count, 0, -1)
    )


def app_page(language: str = "en", **changes: Any) -> AppPage:
    values: dict[str, Any] = {
        "site": site(language),
        "page": meta("app", "driver/", "Larkfield Driver", language),
        "app": app(),
        "release": release(),
        "channels": (STABLE, BETA, NIGHTLY),
        "history": history(),
    }
    return AppPage(**values | changes)


def release_page(language: str = "en", **changes: Any) -> ReleasePage:
    values: dict[str, Any] = {
        "site": site(language),
        "page": meta("release", "driver/2.8.0-281/", "Larkfield Driver 2.8.0 (281)", language),
        "app": app(),
        "release": release(),
        "newer": (),
        "history": history(),
    }
    return ReleasePage(**values | changes)


def cards() -> tuple[AppCard, ...]:
    def card(id: str, name: str, subtitle: str, version: str = "2.8.0", platform: str = "ios") -> AppCard:
        return AppCard(
            id=id,
            path=f"{id}/",
            name=name,
            subtitle=subtitle,
            category="",
            platforms=("ios", "android") if platform == "both" else (platform,),
            icon=icon(id),
            version=version,
            build="281" if version else "",
            date="2026-03-03" if version else "",
        )

    return (
        card("driver", "Larkfield Driver", "Routes, shifts and tickets on the road"),
        card("rider", "Larkfield", "Timetables and tickets for everyone", "3.9.1", "both"),
        card("inspector", "Inspector", "Check tickets, also without a signal", "1.11"),
        card("depot", "Depot", "Maintenance, parts and the wash plan", "5.4.0", "android"),
        card(
            "roster",
            "Dienstplanverwaltungsoberfläche für Fahrdienstleiterinnen und Fahrdienstleiter",
            "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
        ),
        card("arabic", "مواعيد الحافلات", "خطوط النقل والتذاكر في مكان واحد"),
        card("signal-lab", "Signal Lab", "", ""),
    )


def index_page(language: str = "en", **changes: Any) -> IndexPage:
    values: dict[str, Any] = {
        "site": site(language),
        "page": meta("index", "", "Larkfield Transit Apps", language, qr=""),
        "apps": cards(),
    }
    return IndexPage(**values | changes)


def category_page(language: str = "en") -> CategoryPage:
    page = meta("category", "categories/travel/", "Travel", language, qr="")
    return CategoryPage(site=site(language), page=page, category="Travel", apps=cards()[:3])


def markdown_page(language: str = "en") -> MarkdownPage:
    body = """<p>We keep <strong>no record</strong> of who installs what. Read on, or <a href="../">go back</a>.</p>
<h2>What the server sees</h2><p>An address, a time, a file: kept for seven days in <code>access.log</code>.</p>
<ul><li>No cookies</li><li>No scripts of others<ul><li>none at all</li></ul></li></ul>
<blockquote><p>Less is kept, less is lost.</p></blockquote>
<h3>Who to ask</h3><table><thead><tr><th>Question</th><th>Person</th></tr></thead>
<tbody><tr><td>Access</td><td>The service desk</td></tr>
<tr><td>A lost phone</td><td>The depot</td></tr></tbody></table>
<pre><code>otasite build --base-url https://apps.example.com --out a/folder/with/a/name/that/is/quite/long/indeed
</code></pre><ol><li>First</li><li>Second</li></ol><hr><p>That is all.</p>"""
    return MarkdownPage(site=site(language), page=meta("page", "privacy/", "Privacy", language, qr=""), body=body)


def components_page(language: str = "en") -> MarkdownPage:
    """A page that calls every bundled component."""
    shown: dict[str, Any] = {"path": "driver/", "url": f"{BASE}driver/", "qr": "driver/qr.svg"}
    card, build = index_page(language).apps[0], release(android=binary("android"))
    film = MediaView(path="driver/tour.mp4", type="video/mp4")
    poster = MediaView(path="driver/screen-1.png", type="image/png", width=390, height=844)
    called = [
        ComponentView(name="install", arguments={"platform": ""}, app=card, release=build, **shown),
        ComponentView(name="install", arguments={"platform": ""}, app=card, **shown),
        ComponentView(name="download", arguments={"platform": ""}, app=card, release=build, **shown),
        ComponentView(name="qr", arguments={}, app=card, release=build, **shown),
        ComponentView(name="note", arguments={"text": "Read this.", "title": "", "kind": "note"}),
        ComponentView(name="note", arguments={"text": "Read this!", "title": "Careful", "kind": "warning"}),
        ComponentView(name="video", arguments={"src": film, "title": "A tour", "poster": poster, "captions": ""}),
    ]
    latest = marked(ComponentView(name="latest", arguments={}, app=card, release=build, **shown))
    body = f"<p>The newest is {latest}.</p>" + "".join(map(marked, called))
    return MarkdownPage(site=site(language), page=meta("page", "shown/", "Shown", language, qr=""), body=body)


def not_found_page() -> NotFoundPage:
    page = meta("not-found", "404.html", "Not found", root="/", noindex=True, alternates=(), qr="")
    return NotFoundPage(site=site(), page=page)


def help_page(language: str = "en") -> HelpPage:
    return HelpPage(site=site(language), page=meta("help", "help/", "Help with installing", language, qr=""))


def offer(client: str, platform: Literal["ios", "android"], *, own: str = "") -> OfferView:
    """A client that can follow the app; ``own`` is an address of its own for its code."""
    return OfferView(
        client=client,
        platform=platform,
        href=f"{client}://add/https%3A%2F%2Fapps.example.com%2Fdriver%2F",
        address=own or "https://apps.example.com/driver/#follow",
        qr=f"driver/qr-{client if own else 'follow'}.svg",
    )


FOLLOW = (
    *(offer(client, "ios") for client in ("altstore", "sidestore", "feather", "livecontainer", "altstore-pal")),
    offer("f-droid", "android", own=f"https://apps.example.com/fdroid/repo?fingerprint={'ab' * 32}"),
    offer("obtainium", "android"),
)


def management_page(language: str = "en") -> ManagementPage:
    """An app with two channels for servers that manage devices."""
    return ManagementPage(
        site=site(language),
        page=meta("management", "driver/management/", "Larkfield Driver", language, qr=""),
        app=app(),
        managed=tuple(
            ManagedChannel(
                channel=channel,
                release=history(1)[0],
                manifest=f"{BASE}{channel.path}manifest.plist",
                declaration=f"{channel.path}app-managed.json",
                command=f"{channel.path}install-application.plist",
            )
            for channel in (STABLE, BETA)
        ),
    )


def repository_page(language: str = "en") -> RepositoryPage:
    own = offer("f-droid", "android", own=f"https://apps.example.com/fdroid/repo?fingerprint={'ab' * 32}")
    return RepositoryPage(
        site=site(language),
        page=meta("repository", "fdroid/repo/", "Larkfield Apps", language, qr=""),
        apps=index_page(language).apps,
        address="https://apps.example.com/fdroid/repo",
        fingerprint="ab" * 32,
        follow=(own,),
    )


def everything() -> AppPage:
    """Both platforms, every optional field, an address to register devices."""
    check = DeviceCheckRecord(salt="00ff", iterations=1000, hashes=("ab" * 32,))
    links = tuple(
        LinkView(kind=kind, href=f"https://example.com/{kind}")
        for kind in ("testflight", "app_store", "play", "website")
    )
    return app_page(
        site=site(
            register_url="https://apps.example.com/register.mobileconfig",
            contact=Contact(email="apps@example.com", url="https://chat.example.com/apps"),
        ),
        app=app(links=links, platforms=("ios", "android"), icon=replace(icon("driver"), hue=255)),
        release=release(
            ios=binary(type="ad-hoc", device_check=check, available_until="2026-03-10T08:30:00Z"),
            android=binary("android", available_until="2026-03-10T08:30:00Z"),
            draft=True,
        ),
        follow=FOLLOW,
    )


def samples() -> dict[str, PageView]:
    """Every page worth looking at, by the path under which a test site serves it."""
    pages: dict[str, PageView] = {
        "index.html": index_page(),
        "driver/index.html": app_page(),
        "driver/2.8.0-281/index.html": release_page(),
        "driver/2.7.0-274/index.html": release_page(newer=history(1)),
        "driver/stable/index.html": ChannelPage(
            site=site(),
            page=meta("channel", "driver/stable/", "Larkfield Driver – Stable"),
            app=app(),
            channel=STABLE,
            channels=(STABLE, BETA),
            release=release(ios=binary(type="development")),
            history=history(3),
        ),
        "privacy/index.html": markdown_page(),
        "shown/index.html": components_page(),
        "help/index.html": help_page(),
        "driver/management/index.html": management_page(),
        "fdroid/repo/index.html": repository_page(),
        "categories/travel/index.html": category_page(),
        "404.html": not_found_page(),
        "everything/index.html": _at("everything/", everything()),
        "adhoc/index.html": _at("adhoc/", app_page(release=release(ios=binary(type="ad-hoc")))),
        "android/index.html": _at(
            "android/",
            app_page(
                app=app(platforms=("android",)), release=release(ios=None, android=binary("android")), channels=()
            ),
        ),
        "empty/index.html": _at(
            "empty/",
            app_page(
                app=app(name="Signal Lab", subtitle="", description="", screenshots=(), category=""),
                release=None,
                channels=(),
                history=(),
            ),
        ),
        "bare/index.html": _at(
            "bare/",
            app_page(
                site=site(
                    contact=Contact(email="", url=""), help="", symptoms="", pages=(), organisation="", description=""
                ),
                app=app(
                    name="Dienstplanverwaltungsoberfläche für Fahrdienstleiterinnen", description="", screenshots=()
                ),
                release=release(
                    notes="",
                    commit="",
                    branch="",
                    ios=binary(
                        type="",
                        size=None,
                        sha256="",
                        minimum_os="",
                        device_family=(),
                        signing=signing("", team="", expires="", devices=None),
                    ),
                ),
                channels=(),
                history=(),
            ),
        ),
        "noapps/index.html": _at("noapps/", index_page(apps=())),
    }
    for language in ("de", "ja", "ar"):
        pages[f"{language}/index.html"] = index_page(language)
        pages[f"{language}/driver/index.html"] = app_page(language)
        pages[f"{language}/help/index.html"] = help_page(language)
        pages[f"{language}/driver/management/index.html"] = management_page(language)
        pages[f"{language}/fdroid/repo/index.html"] = repository_page(language)
    return pages


def _at(path: str, page: Any) -> Any:
    """The same page at another address."""
    qr = f"{path}qr.svg" if page.page.qr else ""
    root = "../" * path.count("/")
    return replace(page, page=replace(page.page, path=path, root=root, url=BASE + path, qr=qr))
