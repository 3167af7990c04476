/* The bar at the foot of a previewed page, for the person who makes the site: look at the page as another device sees
   it, in another language, in light or dark, with other values of the theme's options; open the file it comes from.
   It runs before the page's own scripts, because those look at the device. */
(() => {
  "use strict";
  const tools = new URL(".", document.currentScript.src).href;
  const store = {
    get: (key) => { try { return sessionStorage.getItem(`otasite-${key}`) || ""; } catch { return ""; } },
    set: (key, value) => { try { sessionStorage.setItem(`otasite-${key}`, value); } catch { /* not allowed */ } },
  };

  // --- devices: name, user agent, touch points, what the browser adds to window

  const IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
  const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
  const ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)";
  const SAFARI = "Version/18.5 Mobile/15E148 Safari/604.1";
  const DEVICES = {
    iphone: ["iPhone, Safari", `${IOS} ${SAFARI}`, 5],
    ipad: ["iPad, Safari", `${MAC} Version/18.5 Safari/605.1.15`, 5],
    chrome: ["iPhone, Chrome", `${IOS} CriOS/137.0.7151.79 Mobile/15E148 Safari/604.1`, 5],
    instagram: ["iPhone, in Instagram", `${IOS} Mobile/15E148 Instagram 380.0.0.28.85`, 5],
    telegram: ["iPhone, in Telegram", `${IOS} ${SAFARI}`, 5, "TelegramWebviewProxy"],
    android: ["Android, Chrome", `${ANDROID} Chrome/137.0.0.0 Mobile Safari/537.36`, 5],
    desktop: ["Computer", `${MAC} Version/18.5 Safari/605.1.15`, 0],
  };
  const pretend = (object, name, value) => {
    Object.defineProperty(object, name, { configurable: true, get: () => value });
  };
  const device = DEVICES[store.get("device")];
  if (device) {
    pretend(navigator, "userAgent", device[1]);
    pretend(navigator, "maxTouchPoints", device[2]);
    if (device[3]) pretend(window, device[3], {});
  }

  // --- light and dark: media queries are rewritten, since no script can ask a browser to change its mind

  const written = new WeakMap();
  const forced = (text, mode) => text.replace(
    /\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/g,
    (_, which) => (which === mode ? "(min-width: 0px)" : "(max-width: 0px)"),
  );
  const media = (list, mode) => {
    if (!written.has(list)) written.set(list, list.mediaText);
    const text = mode ? forced(written.get(list), mode) : written.get(list);
    if (list.mediaText !== text) list.mediaText = text;
  };
  const visit = (rules, mode) => {
    for (const rule of rules) {
      if (rule.media) media(rule.media, mode);
      if (rule.cssRules) visit(rule.cssRules, mode);
    }
  };
  const paint = () => {
    const mode = store.get("appearance");
    document.documentElement.style.colorScheme = mode;
    for (const sheet of document.styleSheets) {
      try {
        media(sheet.media, mode);
        visit(sheet.cssRules, mode);
      } catch { /* a sheet of another origin */ }
    }
  };
  document.addEventListener("DOMContentLoaded", paint);
  document.addEventListener("otasite:styled", paint);

  // --- the bar

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== "") made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };
  const choice = (label, entries, chosen, change) => element("label", {}, element("span", {}, label), element(
    "select", { onchange: (event) => change(event.target.value) },
    ...entries.map(([value, text]) => element("option", { value, selected: value === chosen }, text)),
  ));
  const host = element("otasite-bar");
  const state = element("span", { class: "state", role: "status" }, "…");
  const middle = element("span", { class: "middle" });
  const panel = element("form", { class: "options" });
  const options = element("details", {}, element("summary", {}, "Options"), panel);

  const status = async () => {
    const path = encodeURIComponent(decodeURI(location.pathname));
    const answer = await fetch(`${tools}status?bar=1&path=${path}`);
    if (answer.ok) fill((await answer.json()).bar);
  };
  const fill = (bar) => {
    middle.replaceChildren();
    if (bar.draft) middle.append(element("strong", { class: "draft" }, "Draft"));
    if (bar.languages.length > 1) {
      const current = bar.languages.find((language) => language.current);
      middle.append(choice("Language", bar.languages.map((each) => [each.path, each.name]), current && current.path,
        (path) => { location.href = path; }));
    }
    if (bar.source) middle.append(element("a", { href: bar.edit, title: "Open in the editor" }, bar.source));
    if (!panel.contains(panel.getRootNode().activeElement)) fillOptions(bar.options);
  };

  // --- theme options

  const field = (option) => {
    const attributes = { name: option.name, "data-type": option.type };
    if (option.type === "choice") {
      return element("select", attributes,
        ...option.choices.map((each) => element("option", { value: each, selected: each === option.value }, each)));
    }
    if (option.type === "boolean") {
      return element("input", { ...attributes, type: "checkbox", checked: option.value === "true" });
    }
    const types = { color: "color", integer: "number", text: "text" };
    return element("input", { ...attributes, type: types[option.type], value: option.value });
  };
  const valueOf = (input) => (input.dataset.type === "boolean" ? String(input.checked) : input.value);
  const trying = new Map();
  const send = async () => {
    const body = JSON.stringify(Object.fromEntries(trying));
    const answer = await fetch(`${tools}options`, { method: "POST", body });
    const { problems, options: now } = await answer.json();
    complaint.textContent = problems.map((problem) => `${problem.message}. ${problem.hint}`).join("\n");
    if (answer.ok) mark(now);
  };
  const complaint = element("p", { class: "complaint", role: "alert" });
  const yaml = element("pre");
  const mark = (now) => {
    const tried = now.filter((option) => option.tried);
    yaml.textContent = tried.length
      ? `theme:\n  options:\n${tried.map((each) => `    ${each.name}: ${JSON.stringify(each.value)}`).join("\n")}` : "";
    options.classList.toggle("tried", tried.length > 0);
  };
  const fillOptions = (all) => {
    trying.clear();
    all.filter((option) => option.tried).forEach((option) => trying.set(option.name, option.value));
    panel.replaceChildren(
      ...all.map((option) => element("label", { title: option.description }, element("span", {}, option.label),
        field(option))),
      complaint, element("p", { class: "quiet keep" }, "Only tried here. To keep them, write into content/site.yaml:"), yaml,
      element("button", { type: "button", onclick: () => { trying.clear(); send().then(status); } }, "Reset"),
    );
    options.hidden = !all.length;
    mark(all);
  };
  let pause = 0;
  panel.addEventListener("input", (event) => {
    trying.set(event.target.name, valueOf(event.target));
    clearTimeout(pause);
    pause = setTimeout(send, 60);
  });
  panel.addEventListener("submit", (event) => event.preventDefault());

  // --- putting it there

  const say = (text, className) => { state.textContent = text; state.className = `state ${className}`; };
  document.addEventListener("otasite:lost", () => say("Not connected", "bad"));
  document.addEventListener("otasite:checked", (event) => {
    const count = event.detail.problems.length;
    say(count ? `${count} ${count === 1 ? "problem" : "problems"}` : "Live", count ? "bad" : "good");
    status().catch(() => say("Not connected", "bad"));
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (store.get("bar") === "hidden") return;
    const inside = host.attachShadow({ mode: "open" });
    const put = () => { host.hidden = true; store.set("bar", "hidden"); };
    const devices = [["", "This device"], ...Object.entries(DEVICES).map(([key, each]) => [key, each[0]])];
    const modes = [["", "As the system"], ["light", "Light"], ["dark", "Dark"]];
    inside.append(
      element("link", { rel: "stylesheet", href: `${tools}bar.css` }),
      element("aside", { "aria-label": "Preview" }, state,
        choice("View as", devices, store.get("device"), (key) => { store.set("device", key); location.reload(); }),
        choice("Light or dark", modes, store.get("appearance"), (mode) => { store.set("appearance", mode); paint(); }),
        options, middle,
        element("button", { type: "button", title: "Until this tab is closed", onclick: put }, "Hide")),
    );
    options.hidden = true;
    document.documentElement.append(host);
  });
})();
