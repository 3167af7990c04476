/* What the install page does when scripts run. It finds out what it is read on and says so in one attribute,
   <html data-ota="ios safari …"> (all its words: docs/themes.md); the stylesheet does the rest. Nothing is sent anywhere,
   and no link is ever removed: what a browser says about itself is a hint, not knowledge. */
(() => {
  "use strict";
  const root = document.documentElement, ua = navigator.userAgent;

  // Apps that show pages inside themselves: name, how to know them, the button that leads to Safari.
  const IN_APP = [
    ["Instagram", /Instagram/, "more"],
    ["Threads", /Barcelona/, "more"],
    ["Messenger", /FBAN\/Messenger|MessengerForiOS/, "more"],
    ["Facebook", /FBA[NV]\/|MetaIAB/, "more"],
    ["LINE", /\bLine\//, "more"],
    ["WeChat", /MicroMessenger\//, "more"],
    ["X", /Twitter for iPhone|TwitterAndroid/, "share"],
    ["TikTok", /musical_ly|Bytedance/i, "more"],
    ["Snapchat", /Snapchat\//, "more"],
    ["LinkedIn", /LinkedInApp/, "more"],
    ["WhatsApp", /\[WAiOS\//, "compass"],
    ["Google", /GSA\//, "share"],
    ["DingTalk", /DingTalk/, "more"],
    ["Weibo", /Weibo/, "more"],
    ["QQ", /\bQQ\//, "more"],
    ["Slack", /Slack/, "compass"],
    ["Teams", /Teams/, "compass"],
  ];
  const OTHER_BROWSER = /(CriOS|FxiOS|EdgiOS|OPT|OPiOS|OPX|Brave|DuckDuckGo|Ddg|YaBrowser|UCBrowser|MQQBrowser|Focus|Klar|Ecosia|Vivaldi)[/ ]/;
  // An iPad calls itself a Macintosh, but no Mac has a touch screen.
  const ios = /iPhone|iPad|iPod/.test(ua) || (/Macintosh/.test(ua) && navigator.maxTouchPoints > 1);
  // A tablet that asks for desktop pages says Linux; what points on it is a finger, and on a computer it is not.
  const tablet = /X11; Linux/.test(ua) && navigator.maxTouchPoints > 1 && matchMedia("(pointer: coarse)").matches;
  const android = !ios && (/Android/.test(ua) || tablet);
  const words = new Set();
  let app = "";

  const number = (text) => {
    const [major, minor] = text.split(/[._]/);
    return major * 1000 + +(minor || 0);
  };
  /* Safari's own version is that of iOS. The system's version in other browsers stays at 18 whatever runs. */
  const version = () => {
    const safari = /Version\/(\d+(?:\.\d+)?)/.exec(ua), system = /OS (\d+(?:_\d+)?) like/.exec(ua);
    if (safari) return safari[1];
    return system && number(system[1]) < 18000 ? system[1].replace("_", ".") : "";
  };
  const found = ios ? version() : "";

  const show = () => root.setAttribute("data-ota", [...words].join(" "));
  const say = (...more) => { more.forEach((word) => words.add(word)); show(); };

  const look = () => {
    words.clear();
    if (!ios && !android) return say("desktop");
    let inside = IN_APP.find((entry) => entry[1].test(ua));
    if (window.TelegramWebviewProxy || window.TelegramWebviewProxyProto) inside = ["Telegram", 0, "compass"];
    // What shows pages in an app and does not say which: no Safari on iPhone and iPad, “wv” on Android.
    const unnamed = android ? /; wv\)/.test(ua) : !/Safari\//.test(ua) && !navigator.standalone;
    if (!inside && unnamed) inside = ["", 0, "more"];
    app = inside ? inside[0] : "";
    if (android) return inside ? say("android", "in-app") : say("android");
    words.add("ios");
    if (found && number(found) < 16000) words.add("before-16");
    if (found && number(found) < 18000) words.add("before-18");
    if (inside) say("in-app", inside[2]);
    else say(OTHER_BROWSER.test(ua) || navigator.brave || !/Version\//.test(ua) ? "browser" : "safari");
  };
  look(); // before the first paint, so that nothing moves

  const all = (selector) => [...document.querySelectorAll(selector)];
  const reveal = (element, text) => {
    if (text) (element.querySelector("[data-says]") || element).textContent = text;
    element.hidden = false;
  };

  const when = (days) => {
    try {
      return new Intl.RelativeTimeFormat(root.lang, { numeric: "auto" }).format(days, "day");
    } catch (error) {
      return new Date(Date.now() + days * 864e5).toLocaleDateString(root.lang);
    }
  };
  /* Chrome and Firefox say “Android 10” on everything that is newer, too; Chrome tells the truth when it is asked. */
  const androidVersion = async () => {
    const said = /Android (\d+(?:\.\d+)?)/.exec(ua), hints = navigator.userAgentData;
    try {
      const { platformVersion } = await hints.getHighEntropyValues(["platformVersion"]);
      if (hints.platform === "Android" && platformVersion) return platformVersion.replace(/(\.0)+$/, "");
    } catch (error) { /* another browser */ }
    return said && said[1] !== "10" ? said[1] : "";
  };
  /* Whose system is too old for the build is offered the newest one that fits, else told to update. */
  const tooOld = (platform, system) => {
    const banner = document.querySelector(`[data-system=${platform}]`);
    if (!banner || !system || number(system) >= number(banner.dataset.minimum)) return;
    say("old");
    const fits = all(`[data-earlier=${platform}]`).find(({ dataset: { fits, ends } }) =>
      number(system) >= number(fits) && !(Date.parse(ends) < Date.now()));
    const shown = fits || banner;
    shown.classList.add("warn");
    reveal(shown, shown.dataset.text.replace("{found}", system));
  };
  const banners = () => {
    all("[data-expires]").forEach((banner) => {
      const days = Math.floor((Date.parse(banner.dataset.expires) - Date.now()) / 864e5);
      if (days < 0) {
        say("expired");
        banner.classList.add("bad");
        reveal(banner, banner.dataset.gone);
      } else if (days <= 30) {
        banner.classList.add("warn");
        reveal(banner, banner.dataset.soon.replace("{when}", when(days)));
      }
    });
    all("[data-available]").forEach((banner) => {
      if (Date.parse(banner.dataset.available) > Date.now()) return;
      say("ended");
      banner.classList.add("bad");
      reveal(banner, banner.dataset.text);
    });
    if (ios) tooOld("ios", found);
    else if (android) androidVersion().then((system) => tooOld("android", system));
    all("[data-only=ipad]").forEach((banner) => {
      if (!/iPhone|iPod/.test(ua)) return;
      say("other-device");
      banner.hidden = false;
    });
    /* What this device is that the build lacks. A system of 32 bits runs no code for 64, and none on ARM any for x86;
       of processors whose name leaves that open nothing is said. */
    const is = { arm32: /armv[67]/, arm: /arm|aarch/ };
    all("[data-lacks]").forEach((banner) => {
      const { lacks } = banner.dataset;
      if (!android || !(lacks === "phone" ? /Mobile/.test(ua) : is[lacks].test(navigator.platform))) return;
      banner.classList.add("warn");
      reveal(banner);
    });
    all("[data-app-text]").forEach((title) => { if (app) reveal(title, title.dataset.appText.replace("{app}", app)); });
    all("[data-safari]").forEach((link) => {
      if (!ios || !/^https:/.test(location.href) || (found && number(found) < 17000)) return;
      link.href = "x-safari-" + location.href;
      reveal(link);
    });
    all("[data-intent]").forEach((link) => { // some apps open no other one, whatever a page asks
      if (!android || ["WeChat", "QQ", "DingTalk", "Weibo"].includes(app)) return;
      const { host, pathname, search, protocol } = location;
      link.href = `intent://${host}${pathname}${search}#Intent;scheme=${protocol.slice(0, -1)};` +
        "action=android.intent.action.VIEW;category=android.intent.category.BROWSABLE;end";
      reveal(link);
    });
  };

  // --- copy, share, write

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) { // no permission, or an older browser
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const sharing = () => {
    all("[data-copy]").forEach((button) => {
      const label = button.textContent;
      button.setAttribute("aria-live", "polite");
      button.addEventListener("click", async () => {
        const { copy: text, browser, done } = button.dataset;
        await copy(browser ? `${text}\n${browser} ${ua}` : text);
        button.textContent = done;
        setTimeout(() => { button.textContent = label; }, 2500);
      });
      if (button.dataset.copy) reveal(button);
    });
    all("[data-share]").forEach((button) => {
      if (!navigator.share) return;
      button.addEventListener("click", () => {
        navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => {});
      });
      reveal(button);
    });
    all("[data-contact]").forEach((link) => {
      link.href += encodeURIComponent(`\n${link.dataset.contact} ${ua}`);
    });
  };

  // --- the tap: the steps that follow it are a script of their own, fetched when they are needed

  const stored = (key) => { try { return localStorage.getItem(key); } catch (error) { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch (error) { /* not allowed */ } };
  const fetched = new Set();
  const fetchScript = (src) => {
    if (fetched.has(src)) return false;
    fetched.add(src);
    document.head.append(Object.assign(document.createElement("script"), { src }));
    return true;
  };
  const track = (get, word) => {
    say(word);
    if (!fetchScript(get.dataset.track)) dispatchEvent(new Event("ota-tap"));
  };
  const taps = () => {
    all(".get").forEach((get) => {
      const step = "ota:step:" + get.dataset.app;
      const begin = (link, word) => {
        store("ota:" + get.dataset.app, link.dataset.release || get.dataset.release);
        store(step, `${get.dataset.release} 0 ${Date.now()}`);
        track(get, word);
      };
      get.addEventListener("click", ({ target }) => {
        const install = target.closest("[data-install]"), download = target.closest("[data-download]");
        if (install && ios) begin(install, "tapped");
        if (download && android) begin(download, "downloaded");
      });
      get.querySelectorAll(".trouble").forEach((fold) => fold.addEventListener("toggle", () => {
        if (fold.open) fetchScript(get.dataset.look);
      }));
      // Who comes back within a day finds the step again.
      const [release, , began] = (stored(step) || "").split(" ");
      if (release !== get.dataset.release || Date.now() - began > 864e5) return;
      if (ios || android) track(get, ios ? "tapped" : "downloaded");
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    look(); // some apps announce themselves only now
    banners();
    sharing();
    taps();
  });
})();
