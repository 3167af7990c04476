/* What time makes of a page: dates in the reader's words, what is new since the last visit, and what changed since a
   build that somebody has. What was seen is kept on this device (localStorage) and sent nowhere. */
(() => {
  "use strict";
  const root = document.documentElement, all = (selector) => [...document.querySelectorAll(selector)];
  const stored = (storage, key) => { try { return window[storage].getItem(key); } catch (error) { return null; } };
  const store = (storage, key, value) => {
    try { window[storage].setItem(key, value); } catch (error) { /* not allowed: the next visit is the first again */ }
  };

  /* Days and weeks of the last month as the reader's language says them: today, yesterday, 3 days ago. */
  const dates = () => {
    const now = new Date(), today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
    const words = new Intl.RelativeTimeFormat(root.lang + "-u-nu-latn", { numeric: "auto" });
    all("time[data-ago]").forEach((time) => {
      const days = Math.floor((today - Date.parse(time.dateTime.slice(0, 10))) / 864e5);
      if (!(days >= 0 && days < 28)) return;
      const date = time.title = time.textContent, fact = time.closest(".facts dd");
      time.textContent = days < 14 ? words.format(-days, "day") : words.format(-Math.floor(days / 7), "week");
      if (days < 7) time.classList.add("fresh");
      if (fact) fact.after(Object.assign(document.createElement("dd"), { className: "under", textContent: date }));
    });
  };

  /* A dot beside each app whose newest build is another than at the last visit. A visit lasts as long as its tab. */
  const news = () => {
    const list = document.querySelector("[data-visit]"), apps = all("[data-build]");
    if (!list || !apps.length) return;
    const key = "ota:seen:" + new URL(list.dataset.visit, location.href).pathname;
    const before = stored("sessionStorage", key) || stored("localStorage", key);
    store("localStorage", key, JSON.stringify(apps.map((app) => app.dataset.build)));
    if (!before) return;
    store("sessionStorage", key, before);
    const seen = new Set(JSON.parse(before));
    apps.forEach((app) => { app.querySelector(".dot").hidden = seen.has(app.dataset.build); });
  };

  /* “What changed since my build”: the one remembered from the last install, named in the address, or chosen. */
  const changes = () => {
    all("[data-since]").forEach((tool) => {
      const select = tool.querySelector("select"), status = tool.querySelector("[data-text]");
      const builds = all(".releases > li");
      builds.forEach((build) => select.append(new Option(build.querySelector("h3").textContent, build.id)));
      const mark = () => {
        const last = builds.findIndex((build) => build.id === select.value);
        builds.forEach((build, index) => build.classList.toggle("is-new", index < last));
        const version = last < 0 ? "" : select.selectedOptions[0].textContent;
        status.textContent = version && status.dataset.text.replace("{version}", version);
      };
      const choose = (id) => { if (builds.some((build) => build.id === id)) { select.value = id; mark(); } };
      select.addEventListener("change", mark);
      tool.hidden = false;
      choose("since-" + stored("localStorage", "ota:" + tool.dataset.since));
      choose(decodeURIComponent(location.hash.slice(1)));
    });
  };

  dates();
  news();
  changes();
})();
