/* Why does the install not start? The page asks its own server for what the installer will ask for, the manifest and
   the first bytes of the app, and says which link of the chain is broken. Nothing is sent but these requests. */
(() => {
  "use strict";
  const root = document.documentElement, ios = root.dataset.ota.split(" ").includes("ios");
  const place = document.querySelector(`[data-doctor=${ios ? "ios" : "android"}]`);
  if (!place) return;
  const { page, manifest, file, size, sha256, type, until } = place.dataset;
  const log = [];
  /* No more than this is fetched to compare digests: one chunk of a manifest has 10 MiB. */
  const MOST = 12e6;

  class Finding extends Error {
    constructor(name, values = {}) { super(name); this.values = values; }
  }
  const named = (url) => decodeURIComponent(new URL(url, location.href).pathname.split("/").pop());
  const isPage = (text) => /^\s*<(!doctype\s+html|html)/i.test(text);
  const bare = (url) => url.split(/[?#]/)[0]; // a query may hold a signature or a token
  const asks = (text) => /<input[^>]+type=["']?password/i.test(text);

  /* The first bytes of an answer, however many follow: not every server heeds a range. */
  const first = async ({ body }, most) => {
    const reader = body && body.getReader(), parts = [];
    for (let left = most; reader && left > 0;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      left -= value.length;
    }
    if (reader) reader.cancel().catch(() => {});
    return (await new Blob(parts).arrayBuffer()).slice(0, most);
  };
  const firstText = async (answer) => new TextDecoder().decode(await first(answer, 1e6));

  /* An answer, or the finding that its status is. */
  const ask = async (url, range) => {
    /* Another host shows the whole length only of all; and for a range some would have to be asked twice. */
    const foreign = new URL(url, location.href).origin !== location.origin;
    const how = { cache: "no-store", credentials: "omit", headers: range && !foreign ? { Range: range } : {} };
    let answer;
    try {
      answer = await fetch(url, how);
    } catch (error) {
      log.push(`${bare(url)}: ${error.message}`);
      if (!navigator.onLine) throw new Finding("offline");
      if (foreign) throw new Finding("blind");
      const moved = await fetch(url, { ...how, redirect: "manual" }).catch(() => null);
      throw new Finding(!moved ? "offline" : moved.type === "opaqueredirect" ? "login" : "server", { status: 0 });
    }
    const { status, headers } = answer;
    const from = answer.redirected ? " from " + bare(answer.url) : "";
    log.push(`${bare(url)}: ${status} ${headers.get("Content-Type")} ${headers.get("Content-Length")}${from}`);
    const date = Date.parse(headers.get("Date")) + 1e3 * headers.get("Age"); // a cache tells when the answer was made
    if (Math.abs(date - Date.now()) > 864e5) throw new Finding("clock");
    if (answer.ok) return answer;
    const text = await firstText(answer).catch(() => "");
    if (/expired/i.test(text) || (until && Date.parse(until) < Date.now())) throw new Finding("expired");
    if ([401, 407].includes(status) || (status === 403 && asks(text))) throw new Finding("login");
    if ([403, 404, 410].includes(status)) throw new Finding("missing", { file: named(url) });
    throw new Finding("server", { status });
  };
  const hex = async (bytes) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");

  /* What the manifest says of the app: its address, and digests of its chunks. */
  const readManifest = async () => {
    const text = await firstText(await ask(manifest));
    if (isPage(text)) throw new Finding(asks(text) ? "login" : "page", { file: named(manifest) });
    const tree = new DOMParser().parseFromString(text, "text/xml");
    const value = (key) => [...tree.querySelectorAll("key")].find((node) => node.textContent === key)?.nextElementSibling;
    const asset = [...tree.querySelectorAll("dict")].find((dict) => [...dict.children].some((node) => node.textContent === "software-package"));
    const url = asset && [...asset.querySelectorAll("key")].find((node) => node.textContent === "url")?.nextElementSibling.textContent;
    if (!url) throw new Finding("damaged", { file: named(manifest) });
    return {
      url,
      chunk: +(value("sha256-size")?.textContent || 0),
      digests: [...(value("sha256s")?.children || [])].map((node) => node.textContent),
    };
  };
  const checkFile = async (url, { chunk = 0, digests = [] }) => {
    const answer = await ask(url, "bytes=0-511"), name = named(url);
    const kind = (answer.headers.get("Content-Type") || "").split(";")[0];
    const start = await first(answer, 512), text = new TextDecoder().decode(start);
    if (isPage(text)) throw new Finding(asks(text) || answer.redirected ? "login" : "page", { file: name });
    if (text.slice(0, 2) !== "PK") throw new Finding("content", { file: name });
    if (/^text\/|zip$/.test(kind) || (!ios && kind !== type)) throw new Finding("type", { file: name, type: kind || "–" });
    const whole = /\/(\d+)$/.exec(answer.headers.get("Content-Range") || "");
    // Another host need not show a page how much there is in all.
    const found = whole ? +whole[1] : answer.status === 206 ? 0 : +answer.headers.get("Content-Length");
    const length = answer.headers.get("Content-Encoding") ? +size : found || +size;
    if (size && length !== +size) throw new Finding("length", { file: name, found, size });
    const part = Math.min(chunk || length, length), wanted = digests[0] || (part === length && sha256);
    if (!part || !wanted || part > MOST || !window.crypto?.subtle || navigator.connection?.saveData) return;
    const bytes = await first(await ask(url, `bytes=0-${part - 1}`), part);
    if (await hex(bytes) !== wanted) throw new Finding("hash", { file: name });
  };
  const examine = async () => {
    if (!navigator.onLine) throw new Finding("offline");
    /* In which folder of which host a page is, however the host writes that. */
    const spot = ({ host, pathname }) => host + pathname.replace(/\/(index\.html)?$/, "");
    const own = new URL(page), values = { here: spot(location), there: spot(own) };
    if (own.protocol !== location.protocol || values.here !== values.there) throw new Finding("address", values);
    if (until && Date.parse(until) < Date.now()) throw new Finding("expired");
    const said = manifest ? await readManifest() : {};
    await checkFile(said.url || file, said);
  };

  const tell = ({ message, values = {} }) => {
    const text = place.querySelector(`[data-finding=${message}]`).textContent;
    const line = Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, () => value), text);
    place.querySelector("[role=status]").textContent = line;
    place.dataset.found = message;
    const copy = place.querySelector("[data-copy]");
    copy.dataset.copy = `${copy.dataset.report}\n${line}\n${log.join("\n")}\n${new Date().toISOString()} ${bare(location.href)}`;
    copy.hidden = false;
  };
  place.hidden = false;
  examine().then(() => tell({ message: "fine" }), (error) => {
    if (!(error instanceof Finding)) log.push(String(error));
    tell(error instanceof Finding ? error : { message: "blind" });
  });
})();
