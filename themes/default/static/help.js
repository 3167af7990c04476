/* The help page: the visitor's own system first, the symptom that the address names, and a search. */
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const own = document.documentElement.dataset.ota.split(" ").includes("android") ? ".of-android" : ".of-ios";
  const first = document.querySelector(own), other = document.querySelector("article > section");
  if (first && other && first !== other) other.before(first);

  /* The help page opens at the symptom that a link names; some browsers do so by themselves. */
  const symptom = () => {
    const named = document.getElementById(location.hash.slice(1));
    const fold = named && named.closest(".symptoms details");
    if (!fold || fold.open) return;
    fold.open = true;
    fold.scrollIntoView();
  };
  symptom();
  addEventListener("hashchange", symptom);

  const seek = document.querySelector("#seek");
  if (!seek) return;
  const status = document.querySelector("[data-none]");
  /* One spelling for what people take to be the same: no accents, quotation marks or case. */
  const fold = (text) => text.normalize("NFKD").replace(/[\p{M}\p{P}]/gu, " ").toLowerCase();
  const entries = all(".symptoms > li").map((node) => ({ node, words: fold(node.textContent) }));
  const look = () => {
    const wanted = fold(seek.value).split(/\s+/).filter(Boolean);
    entries.forEach(({ node, words }) => { node.hidden = !wanted.every((word) => words.includes(word)); });
    all(".symptoms").forEach((list) => {
      list.hidden = list.previousElementSibling.hidden = !list.querySelector("li:not([hidden])");
    });
    all("article > section[class^=of-]").forEach((part) => { part.hidden = !part.querySelector("li:not([hidden])"); });
    status.textContent = entries.every(({ node }) => node.hidden) ? status.dataset.none : "";
  };
  seek.addEventListener("input", look);
  seek.closest("p").hidden = false;
})();
