"""Browsers as they describe themselves, and what the page should make of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.web.visit import Visit

Open = Callable[..., Visit]

KIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


def iphone(rest: str, system: str = "18_5") -> str:
    return f"Mozilla/5.0 (iPhone; CPU iPhone OS {system} like Mac OS X) {KIT} {rest}"


SAFARI = iphone("Version/18.5 Mobile/15E148 Safari/604.1")
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KIT} Version/18.5 Safari/605.1.15"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)
WEB_VIEW = ANDROID.replace("Android 10; K)", "Android 14; Pixel 8 Build/UP1A; wv)").replace(
    "Chrome", "Version/4.0 Chrome"
)
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
#: What points on the screen, for the question (pointer: coarse).
POINTER = """{{ const asked = window.matchMedia.bind(window);
    window.matchMedia = query => query === "(pointer: coarse)" ? {{matches: {coarse}}} : asked(query); }}"""
FINGER, MOUSE = POINTER.format(coarse="true"), POINTER.format(coarse="false")


@dataclass(frozen=True)
class Agent:
    """``words`` is the whole of <html data-ota>; ``app`` the name that the banner gives."""

    user_agent: str
    words: str
    app: str = ""
    touch_points: int = 5
    script: str = ""

    @property
    def in_app(self) -> bool:
        return self.words.startswith("ios") and "in-app" in self.words


AGENTS = {
    "iPhone Safari": Agent(SAFARI, "ios safari"),
    "iPhone Safari 26, system frozen": Agent(iphone("Version/26.1 Mobile/15E148 Safari/604.1", "18_7"), "ios safari"),
    "iPhone Safari 17": Agent(iphone("Version/17.4 Mobile/15E148 Safari/604.1", "17_4"), "ios before-18 safari"),
    "iPhone Safari 15": Agent(
        iphone("Version/15.6 Mobile/15E148 Safari/604.1", "15_6"), "ios before-16 before-18 safari old"
    ),
    "iPad as Macintosh": Agent(MAC, "ios safari"),
    "iPad as iPad": Agent(SAFARI.replace("iPhone;", "iPad;"), "ios safari"),
    "Chrome": Agent(iphone("CriOS/140.0.0.0 Mobile/15E148 Safari/604.1"), "ios browser"),
    "Chrome on iPad": Agent(MAC.replace("Version/18.5", "CriOS/140.0"), "ios browser"),
    "Firefox": Agent(iphone("FxiOS/141.0 Mobile/15E148 Safari/605.1.15"), "ios browser"),
    "Edge": Agent(iphone("Version/18.0 EdgiOS/140.0 Mobile/15E148 Safari/604.1"), "ios browser"),
    "Opera": Agent(iphone("Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.2"), "ios browser"),
    "Brave": Agent(SAFARI, "ios browser", script="navigator.brave = {isBrave: () => Promise.resolve(true)};"),
    "Home Screen web app": Agent(
        iphone("Mobile/15E148"),
        "ios browser",
        script="Object.defineProperty(navigator, 'standalone', {value: true});",
    ),
    "Instagram": Agent(iphone("Mobile/15E148 Instagram 390.0.0.28 (iPhone14,5)"), "ios in-app more", "Instagram"),
    "Facebook": Agent(iphone("Mobile/15E148 [FBAN/FBIOS;FBAV/520.0;FBDV/iPhone]"), "ios in-app more", "Facebook"),
    "Threads": Agent(iphone("Mobile/15E148 Barcelona 390.0"), "ios in-app more", "Threads"),
    "LINE": Agent(iphone("Mobile/15E148 Safari Line/15.9.0"), "ios in-app more", "LINE"),
    "WeChat": Agent(iphone("Mobile/15E148 MicroMessenger/8.0.50 NetType/WIFI"), "ios in-app more", "WeChat"),
    "X": Agent(iphone("Mobile/15E148 Twitter for iPhone/11.0"), "ios in-app share", "X"),
    "TikTok": Agent(iphone("Mobile/15E148 musical_ly_40.1.0 BytedanceWebview"), "ios in-app more", "TikTok"),
    "LinkedIn": Agent(iphone("Mobile/15E148 [LinkedInApp]/9.31"), "ios in-app more", "LinkedIn"),
    "WhatsApp": Agent(iphone("Mobile/15E148 [WAiOS/2.25.0]"), "ios in-app compass", "WhatsApp"),
    "Google app": Agent(iphone("GSA/370.0 Mobile/15E148 Safari/604.1"), "ios in-app share", "Google"),
    "Slack": Agent(iphone("Mobile/15E148 Slack/25.08"), "ios in-app compass", "Slack"),
    "Telegram": Agent(SAFARI, "ios in-app compass", "Telegram", script="window.TelegramWebviewProxy = {};"),
    "Telegram, late": Agent(
        SAFARI,
        "ios in-app compass",
        "Telegram",
        script="document.addEventListener('readystatechange', () => { window.TelegramWebviewProxyProto = {}; });",
    ),
    "unknown app": Agent(iphone("Mobile/15E148"), "ios in-app more"),
    "Android": Agent(ANDROID, "android"),
    "Firefox on Android": Agent("Mozilla/5.0 (Android 15; Mobile; rv:141.0) Gecko/141.0 Firefox/141.0", "android"),
    "Instagram on Android": Agent(f"{WEB_VIEW} Instagram 390.0.0.28 Android", "android in-app", "Instagram"),
    "X on Android": Agent(f"{ANDROID} TwitterAndroid", "android in-app", "X"),
    "Telegram on Android": Agent(ANDROID, "android in-app", "Telegram", script="window.TelegramWebviewProxy = {};"),
    "unknown app on Android": Agent(WEB_VIEW, "android in-app"),
    "Android tablet that asks for desktop pages": Agent(LINUX, "android", script=FINGER),
    "Linux": Agent(LINUX, "desktop", touch_points=0),
    "Linux with a touch screen": Agent(LINUX, "desktop", touch_points=10, script=MOUSE),
    "Samsung Internet": Agent(ANDROID.replace("Chrome", "SamsungBrowser/28.0 Chrome"), "android"),
    "WeChat on Android": Agent(f"{WEB_VIEW} MicroMessenger/8.0.50", "android in-app", "WeChat"),
    "Mac": Agent(MAC, "desktop", touch_points=0),
    "Windows with a touch screen": Agent(WINDOWS, "desktop", touch_points=10),
}


def open_as(visit: Open, url: str, agent: Agent) -> Page:
    return visit(url, user_agent=agent.user_agent, touch_points=agent.touch_points, init_script=agent.script).page


#: The link of the samples that installs.
INSTALL = "a[href^='itms-services:']"
LINK = (
    "itms-services://?action=download-manifest&url="
    "https%3A%2F%2Fapps.example.com%2Fdriver%2F2.8.0-281%2Fmanifest.plist"
)
#: Clicks are seen by the page, but lead nowhere.
STAY = "document.addEventListener('click', event => event.preventDefault());"
