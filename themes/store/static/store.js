/* Search over the rows of the page: each brings its words in data-words, put there by the build. Nothing is fetched.
   <html data-store> says that this runs (only then the search box is shown), and "searching" while it holds words.

   Keys: Ctrl K or ⌘K goes to the box; ↓ and ↑ walk through what was found; Enter opens the only result, or goes to
   the first; Escape clears. The address keeps the words as ?q=…, for a link or the way back. */
(() => {
  "use strict";
  const root = document.documentElement, all = (selector) => [...document.querySelectorAll(selector)];
  root.dataset.store = ""; // before the first paint, so that nothing moves

  /* One spelling for what people take to be the same: no accents, case or invisible characters, full width as half,
     katakana as hiragana. */
  const SAME = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ı: "i", ة: "ه", ى: "ي", ـ: "" };
  const fold = (text) => text.normalize("NFKD").replace(/[\p{M}\p{Cf}]/gu, "").toLowerCase()
    .replace(/[ßæœøłđıةىـ]/g, (letter) => SAME[letter])
    .replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 96));

  const search = (form, box) => {
    const clear = form.querySelector("button"), status = form.querySelector("[role=status]");
    const nothing = document.querySelector(".nothing"), lists = document.querySelector(".lists");
    const places = all(".places .count"), plural = new Intl.PluralRules(root.lang);
    const digits = new Intl.NumberFormat(root.lang + "-u-nu-latn");
    const groups = all(".category").map((section, index) => ({
      counts: [section.querySelector(".count"), places[index]].map((count) => ({ count, full: count.textContent })),
      node: section,
      list: section.querySelector("ul"),
      rows: [...section.querySelectorAll("[data-words]")].map((node) => ({
        node, words: fold(node.dataset.words), name: fold(node.querySelector("a").textContent),
      })),
    }));
    const found = () => all(".category:not([hidden]) [data-words]:not([hidden]) a");
    let later;

    /* The text for a number is that of the example number that this language counts in the same way. */
    const told = (count) => {
      const kind = plural.select(count);
      const like = [0, 1, 2, 3, 11].find((number) => plural.select(number) === kind);
      return form.getAttribute("data-found-" + (like ?? 100)).replace("{count}", digits.format(count));
    };
    /* How well a name fits: from its start, at the starts of words, anywhere, or not at all (it is the rest that does). */
    const rank = (name, wanted) => {
      if (name.startsWith(wanted.join(" "))) return 0;
      if (wanted.every((word) => (" " + name).includes(" " + word))) return 1;
      return wanted.every((word) => name.includes(word)) ? 2 : 3;
    };
    /* The best first, else in the order of the page. Nodes move only when their order changes. */
    const arrange = (parent, entries) => {
      const sorted = [...entries].sort((one, other) => one.rank - other.rank);
      const before = parent.arranged || entries;
      if (sorted.some((entry, at) => entry !== before[at])) parent.append(...sorted.map((entry) => entry.node));
      parent.arranged = sorted;
    };
    const show = (group, wanted) => {
      let own = 0;
      group.rank = 9;
      group.rows.forEach((entry) => {
        const hit = wanted.every((word) => entry.words.includes(word));
        if (entry.node.hidden === hit) entry.node.hidden = !hit; // writing the same again costs as much
        entry.rank = hit ? rank(entry.name, wanted) : 9;
        group.rank = Math.min(group.rank, entry.rank);
        own += hit;
      });
      group.node.hidden = !own;
      arrange(group.list, group.rows);
      group.counts.forEach(({ count, full }) => {
        count.textContent = wanted.length ? digits.format(own) : full;
        const place = count.closest("li");
        if (place) place.hidden = !own;
      });
      return own;
    };
    const keep = () => {
      const url = new URL(location.href), words = box.value.trim();
      url.searchParams.delete("q");
      if (words) url.searchParams.set("q", words);
      if (url.href !== location.href) history.replaceState(history.state, "", url);
    };
    const filter = () => {
      const wanted = fold(box.value).split(/\s+/).filter(Boolean);
      const total = groups.reduce((sum, group) => sum + show(group, wanted), 0);
      arrange(lists, groups);
      root.dataset.store = wanted.length ? "searching" : "";
      clear.hidden = !box.value;
      nothing.hidden = total > 0;
      nothing.firstElementChild.textContent = form.dataset.none.replace("{query}", () => box.value.trim());
      clearTimeout(later); // one announcement and one address for a word, not for each of its letters
      later = setTimeout(() => {
        status.textContent = wanted.length ? told(total) : "";
        keep();
      }, 250);
    };
    const restore = () => {
      const words = new URLSearchParams(location.search).get("q") || "";
      if (words === box.value.trim()) return;
      box.value = words;
      filter();
    };
    const reset = () => { box.value = ""; filter(); box.focus(); };

    const typed = (event) => {
      if (event.isComposing) return;
      const links = found(), at = links.indexOf(event.target);
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") box.select();
      else if (event.key === "Escape" && box.value && (event.target === box || at >= 0)) reset();
      else if (event.target === box && event.key === "Enter") {
        keep();
        if (links.length === 1 && box.value.trim()) links[0].click();
        else if (links.length) links[0].focus();
      } else if (event.key === "ArrowDown" && (event.target === box || at >= 0)) (links[at + 1] || event.target).focus();
      else if (event.key === "ArrowUp" && at >= 0) (links[at - 1] || box).focus();
      else return;
      event.preventDefault();
    };

    box.addEventListener("input", () => {
      filter();
      if (lists.getBoundingClientRect().top < 0) lists.scrollIntoView();
    });
    document.addEventListener("keydown", typed);
    form.addEventListener("submit", (event) => event.preventDefault());
    all("[data-clear]").forEach((button) => button.addEventListener("click", reset));
    box.addEventListener("change", keep);
    addEventListener("pageshow", restore);
    restore();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector(".find");
    if (!form) return;
    search(form, form.querySelector("input"));
  });
})();
