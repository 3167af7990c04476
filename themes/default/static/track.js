/* The steps after the tap. One is open; the next one opens by itself when the reader has probably done it, or by a
   button. Which one it is stays on this device, so that who comes back from the settings goes on there. */
(() => {
  "use strict";
  const root = document.documentElement, get = document.querySelector(".get");
  const platform = root.dataset.ota.split(" ").includes("ios") ? "ios" : "android";
  const track = document.querySelector(`.track.for-${platform}`);
  if (!get || !track) return;
  const key = "ota:step:" + get.dataset.app, next = track.querySelector("[data-next]"), label = next.textContent;
  const status = track.querySelector("[role=status]");
  const steps = [...track.querySelectorAll(":scope > ol > li")].filter((step) => getComputedStyle(step).display !== "none");
  const stored = () => { try { return (localStorage.getItem(key) || "").split(" "); } catch (error) { return []; } };
  let at = 0, open = false, asked, left = 0;

  const show = (index) => {
    at = Math.min(Math.max(index, 0), steps.length - 1);
    steps.forEach((step, number) => {
      step.classList.toggle("done", number < at);
      step.classList.toggle("now", number === at);
      if (number === at) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
    status.textContent = steps[at].querySelector("h3").textContent;
    next.textContent = at === steps.length - 1 ? next.dataset.finish : label;
    try { localStorage.setItem(key, `${get.dataset.release} ${at} ${Date.now()}`); } catch (error) { /* not allowed */ }
  };
  /* The button is back; what was tapped is forgotten, and nothing goes on by itself. */
  const leave = () => {
    open = false;
    clearTimeout(asked);
    try { localStorage.removeItem(key); } catch (error) { /* not allowed */ }
    root.dataset.ota = root.dataset.ota.split(" ").filter((word) => !["tapped", "downloaded", "waiting"].includes(word)).join(" ");
  };
  const help = () => {
    const trouble = document.querySelector(`.trouble.for-${platform}`);
    if (!trouble) return;
    root.dataset.ota += " waiting";
    trouble.open = true;
    trouble.querySelector("summary").focus();
  };

  /* iOS asks within a second; who has answered, or sees nothing, looks for the app. */
  const begin = (index) => {
    open = true;
    show(index);
    clearTimeout(asked);
    if (platform === "ios" && index === 0) asked = setTimeout(() => { if (at === 0) show(1); }, 6000);
  };
  /* Away for a while is at the Home Screen, in the settings or at the installer: that step is behind them. */
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (open && left && Date.now() - left > 2000 && at < steps.length - 1) show(at + 1);
  });
  next.addEventListener("click", () => { if (at === steps.length - 1) leave(); else show(at + 1); });
  track.querySelector("[data-again]").addEventListener("click", leave);
  track.querySelectorAll("[data-nothing]").forEach((button) => button.addEventListener("click", help));
  track.querySelectorAll("[data-steps]").forEach((part) => { part.hidden = false; });
  addEventListener("ota-tap", () => begin(0));
  begin(+stored()[1] || 0);
})();
