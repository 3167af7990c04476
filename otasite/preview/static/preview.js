/* Keeps an open page up to date with the files it is made of. Served by the preview only, in pages of the preview only.

   A stream of events says “something changed”; the page then asks what that means for itself and gets one of: nothing,
   other stylesheets (swapped in place), other bytes (loaded again, at the same place), problems (shown above it).
   Browsers allow six connections to a server, so of all visible tabs one holds the stream and tells the others;
   hidden tabs hold nothing and ask once when they are seen again. */
(() => {
  "use strict";
  const script = document.currentScript;
  const tools = new URL(".", script.src).href; // the folder of the preview's own files
  const here = { digest: script.dataset.digest, shape: script.dataset.shape, error: !!script.dataset.error };
  const PLACE = "otasite-place";
  let seen = 0;

  const say = (name, detail) => document.dispatchEvent(new CustomEvent(`otasite:${name}`, { detail }));

  // --- loading again, at the same place

  const reload = () => {
    try {
      sessionStorage.setItem(PLACE, JSON.stringify([location.pathname, scrollX, scrollY]));
    } catch { /* not allowed here: the browser's own memory must do */ }
    location.reload();
  };
  const comeBack = () => {
    let place;
    try {
      place = JSON.parse(sessionStorage.getItem(PLACE));
      sessionStorage.removeItem(PLACE);
    } catch { return; }
    if (!place || place[0] !== location.pathname) return;
    const go = () => scrollTo({ left: place[1], top: place[2], behavior: "instant" });
    go();
    addEventListener("load", go, { once: true });
  };

  // --- stylesheets

  const plain = (path) => path.replace(/\.[0-9a-f]{10}\.css$/, ".css");
  const pathOf = (link) => new URL(link.href, location.href).pathname;
  const replaced = (link, path) => new Promise((done, failed) => {
    const fresh = link.cloneNode();
    fresh.href = path;
    fresh.onload = () => { link.remove(); done(); };
    fresh.onerror = failed;
    link.after(fresh);
  });
  /* Put other stylesheets in place of those whose content changed; false when none did. */
  const restyle = async (paths) => {
    const fresh = new Map(paths.map((path) => [plain(path), path]));
    const links = [...document.querySelectorAll('link[rel~="stylesheet"]')];
    const old = links.filter((link) => (fresh.get(plain(pathOf(link))) || pathOf(link)) !== pathOf(link));
    await Promise.all(old.map((link) => replaced(link, fresh.get(plain(pathOf(link))))));
    if (old.length) say("styled");
    return old.length > 0;
  };

  // --- what changed?

  let asking = false, askAgain = false;
  const ask = async () => {
    if (asking) { askAgain = true; return; }
    asking = true;
    try {
      do {
        askAgain = false;
        const answer = await fetch(`${tools}status?path=${encodeURIComponent(decodeURI(location.pathname))}`);
        if (answer.ok) await follow(await answer.json());
      } while (askAgain);
    } catch { /* the server is away; the stream will say when it is back */ }
    asking = false;
  };
  const follow = async (status) => {
    seen = status.version;
    const same = status.digest === here.digest;
    if (!same && (status.shape !== here.shape || !(await restyle(status.styles).catch(() => false)))) return reload();
    here.digest = status.digest;
    if (!here.error) show(status.problems);
    say("checked", status);
  };

  // --- problems, above the last good page

  let panel = null, shown = "", dismissed = "";
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text; // never as HTML: messages quote files
    if (className) made.className = className;
    return made;
  };
  const frame = (problem) => {
    const box = element("article", "", `frame ${problem.severity}`);
    const head = element("p");
    if (problem.place) head.append(element("b", problem.place), ": ");
    head.append(element("strong", problem.severity), `: ${problem.message} `, element("small", `[${problem.code}]`));
    box.append(head);
    if (problem.line) {
      const number = String(problem.line), code = element("pre", `${number} | ${problem.text}`);
      if (problem.column) {
        code.append(`\n${" ".repeat(number.length)} | ${" ".repeat(problem.column - 1)}`, element("i", "^"));
      }
      box.append(code);
    }
    if (problem.hint) {
      const hint = element("p");
      hint.append(element("b", "hint:"), ` ${problem.hint}`);
      box.append(hint);
    }
    return box;
  };
  const show = (problems) => {
    const errors = problems.filter((problem) => problem.severity === "error").length;
    const now = errors ? JSON.stringify(problems) : "";
    if (now === shown) return;
    shown = now;
    if (panel) panel.remove();
    panel = null;
    if (!errors || now === dismissed) return;
    panel = element("otasite-problems");
    const inside = panel.attachShadow({ mode: "open" });
    const sheet = element("link");
    sheet.rel = "stylesheet";
    sheet.href = `${tools}frames.css`;
    const box = element("section", "", "frames overlay");
    box.setAttribute("role", "alert");
    box.append(element("h1", `${errors} ${errors === 1 ? "error" : "errors"}`));
    const close = element("button", "Hide");
    close.type = "button";
    close.addEventListener("click", hide);
    box.append(close, element("p", "Behind this is the last good state of the page.", "quiet"), ...problems.map(frame));
    inside.append(sheet, box);
    document.documentElement.append(panel);
  };
  const hide = () => {
    dismissed = shown;
    if (panel) panel.remove();
    panel = null;
  };
  addEventListener("keydown", (event) => { if (event.key === "Escape" && panel) hide(); });

  // --- the stream: one for all visible tabs where the browser lets tabs agree, else one for each

  const channel = window.BroadcastChannel ? new BroadcastChannel(`otasite ${tools}`) : null;
  let stream = null, waiting = null, letGo = null;
  const heard = (version) => { if (!document.hidden && version !== seen) ask(); };
  if (channel) channel.onmessage = (event) => heard(event.data);
  const open = () => {
    stream = new EventSource(`${tools}events`);
    stream.onopen = () => say("connected");
    stream.onmessage = (event) => {
      const version = Number(event.data);
      if (channel) channel.postMessage(version);
      heard(version);
    };
    stream.onerror = () => {
      say("lost");
      if (stream && stream.readyState === EventSource.CLOSED) setTimeout(() => { quiet(); listen(); }, 1000);
    };
  };
  const listen = () => {
    if (document.hidden || stream || waiting) return;
    if (!channel || !navigator.locks) return open();
    waiting = new AbortController();
    navigator.locks.request(`otasite ${tools}`, { signal: waiting.signal }, () => new Promise((done) => {
      letGo = done;
      open();
    })).catch(() => { /* given up, because the tab was hidden */ });
  };
  const quiet = () => {
    if (stream) stream.close();
    if (waiting) waiting.abort();
    if (letGo) letGo();
    stream = waiting = letGo = null;
  };
  const wake = () => { ask(); listen(); };
  document.addEventListener("visibilitychange", () => (document.hidden ? quiet() : wake()));
  addEventListener("pagehide", quiet);
  addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
  document.addEventListener("DOMContentLoaded", () => {
    comeBack();
    if (!document.hidden) wake();
  });
})();
