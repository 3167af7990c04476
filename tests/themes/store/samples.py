"""Stores of three, sixty and five hundred apps, and the pages of one of them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from otasite.site.views import AppCard, IndexPage, NotFoundPage, PageView, RecentRelease
from tests.themes.default import samples as default
from tests.themes.default.samples import BETA, NOTES, STABLE, icon, meta

NAMES = {
    "Operations": (
        ("Larkfield Driver", "Routes, shifts and tickets on the road"),
        ("Inspector", "Check tickets, also without a signal"),
        ("Depot", "Maintenance, parts and the wash plan"),
        ("Control Room", "Every vehicle on one map"),
        ("Shift Swap", "Find a colleague for the late one"),
        ("Track Walk", "Report damage beside the rails"),
        ("Lost & Found", "What was left on the seats"),
        ("Fleet Charge", "Which bus is full, which one waits"),
    ),
    "Passengers": (
        ("Rider", "Timetables and tickets for everyone"),
        ("Platform Signs", "Departures for the screens at stops"),
        ("Night Line", "The last bus, and how far it still is"),
        ("Accessible Routes", "Lifts, ramps and low floors"),
    ),
    "Personal\u00adabteilung": (
        ("Dienstplanverwaltungsoberfläche für Fahrdienstleiterinnen", "Donaudampfschifffahrtsgesellschaft"),
        ("Résumé", "Café-Gespräche mit Bewerbern"),
        ("Straßenkarte", "Größere Übersicht"),
    ),
    "Laboratory": (
        ("Signal Lab", ""),
        ("マップ", "路線図とバス停"),
        ("مواعيد الحافلات", "خطوط النقل والتذاكر في مكان واحد"),
        ("지도", "정류장과 노선"),
    ),
    "": (("Canteen", "Today’s lunch in all depots"), ("Guest Wi-Fi", "A code for visitors")),
}


def card(number: int, name: str, subtitle: str, category: str) -> AppCard:
    """An app; every eleventh has no release yet, every fifth is for Android too, every seventh only for Android."""
    both, android, none = number % 5 == 4, number % 7 == 3, number % 11 == 10
    version = "" if none else f"{number % 9 + 1}.{number % 13}.{number % 4}"
    return AppCard(
        id=f"app-{number}",
        path=f"app-{number}/",
        name=name,
        subtitle=subtitle,
        category=category,
        platforms=("ios", "android") if both else ("android",) if android else ("ios",),
        icon=icon(f"app-{number}"),
        version=version,
        build="" if none else str(100 + number),
        date="" if none else f"2026-{number * 7 % 5 + 1:02}-{number * 11 % 28 + 1:02}",
    )


def cards(count: int) -> tuple[AppCard, ...]:
    """The named apps, then numbered ones, in the order in which a site hands them over: by name."""
    named = [(name, subtitle, category) for category, apps in NAMES.items() for name, subtitle in apps]
    categories = list(NAMES)
    for number in range(len(named), count):
        named.append((f"Tool {number}", f"Does the work of desk {number % 17}", categories[number * 3 % 5]))
    apps = [card(number, *entry) for number, entry in enumerate(named[:count])]
    return tuple(sorted(apps, key=lambda app: (app.name.casefold(), app.id)))


def recent(apps: tuple[AppCard, ...], count: int = 12) -> tuple[RecentRelease, ...]:
    newest = sorted((app for app in apps if app.version), key=lambda app: app.date, reverse=True)[:count]
    return tuple(
        RecentRelease(
            app=app.id,
            app_name=app.name,
            app_path=app.path,
            icon=app.icon,
            path=f"{app.path}{app.version}-{app.build}/",
            version=app.version,
            build=app.build,
            date=app.date,
            channel=BETA if number % 3 == 1 else STABLE,
            platforms=app.platforms,
            notes=("<p>Fixed: a <em>crash</em> after the update of &lt;March&gt; &amp; later.</p>", NOTES, "")[
                number % 3
            ],
        )
        for number, app in enumerate(newest)
    )


def index(apps: tuple[AppCard, ...], path: str = "", language: str = "en", **changes: Any) -> IndexPage:
    page = meta("index", path, "Larkfield Transit Apps", language, qr="")
    values: dict[str, Any] = {"site": default.site(language), "page": page, "apps": apps, "recent": recent(apps)}
    return IndexPage(**values | changes)


def samples() -> dict[str, PageView]:
    """Every page worth looking at, by the path under which a test site serves it."""
    sixty = cards(60)
    uncategorised = tuple(replace(app, category="") for app in sixty[:9])
    pages: dict[str, PageView] = {
        "index.html": index(sixty),
        "three/index.html": index(cards(3), "three/"),
        "many/index.html": index(cards(500), "many/"),
        "none/index.html": index((), "none/"),
        "plain/index.html": index(uncategorised, "plain/", recent=()),
    }
    for language in ("de", "ja", "ar"):
        pages[f"{language}/index.html"] = index(sixty, language=language)
        pages[f"{language}/driver/index.html"] = default.app_page(language)
    own = ("driver/index.html", "driver/2.7.0-274/index.html", "driver/stable/index.html", "everything/index.html")
    others = ("empty/index.html", "privacy/index.html", "help/index.html", "404.html", "ar/help/index.html")
    of_default = default.samples()
    return pages | {path: of_default[path] for path in own + others}


def with_options(view: PageView, options: dict[str, str | bool | int]) -> PageView:
    """The same page on a site whose theme has these options."""
    return replace(view, site=replace(view.site, options=options))


__all__ = ["NotFoundPage", "cards", "index", "recent", "samples", "with_options"]
