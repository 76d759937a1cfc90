// Begins: who we are, tabs, keys, dark and light, news of the source.

import { ask } from "./api.js";
import { byId, el, number, toast } from "./dom.js";
import * as filters from "./filters.js";
import * as live from "./live.js";
import * as reader from "./reader.js";
import * as records from "./records.js";
import * as rejected from "./rejected.js";
import { about, place, readAddress, writeAddress } from "./state.js";

const TABS = ["records", "rejected", "live"];
const THEME = "magpie-view-theme";
const LOOK_EVERY = 10_000;
const narrow = matchMedia("(max-width: 1100px)");

const KEYS = new Map([
  ["j", ["next record", () => records.step(1)]],
  ["k", ["record before", () => records.step(-1)]],
  ["]", ["next page", () => records.turn(1)]],
  ["[", ["page before", () => records.turn(-1)]],
  ["/", ["search", () => focus(place.tab === "rejected" ? "search-rejected" : "search")]],
  ["w", ["the where box", () => { document.body.classList.add("filtering"); focus("where"); }]],
  ["f", ["show or hide filters", toggleFilters]],
  ["x", ["clear all filters", () => records.clearAll()]],
  ["y", ["keep the record", () => reader.toggle("keep")]],
  ["d", ["drop it", () => reader.toggle("drop")]],
  ["n", ["write a note", () => reader.note()]],
  ["c", ["take mark and note away", () => reader.unmark()]],
  ["u", ["undo the last mark", () => reader.undo()]],
  ["m", ["text rendered, or as it is", () => reader.toggleText()]],
  ["r", ["fold or unfold reasoning", () => reader.toggleReasoning()]],
  ["1", ["records", () => open("records")]],
  ["2", ["what was rejected", () => open("rejected")]],
  ["3", ["watch the method live", () => open("live")]],
  ["t", ["dark or light", () => turnTheme()]],
  ["?", ["these keys", () => byId("help").showModal()]],
]);
const EVERYWHERE = new Set(["/", "1", "2", "3", "t", "?"]);
const ALIASES = { ArrowDown: "j", ArrowUp: "k" };

async function begin() {
  readAddress();
  setTheme(stored());
  listKeys();
  for (const tab of document.querySelectorAll("[data-tab]")) tab.addEventListener("click", () => open(tab.dataset.tab));
  byId("theme").addEventListener("click", turnTheme);
  byId("show-help").addEventListener("click", () => byId("help").showModal());
  byId("show-filters").addEventListener("click", toggleFilters);
  byId("hide-filters").addEventListener("click", toggleFilters);
  document.body.classList.toggle("filtering", !narrow.matches);
  byId("note-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      byId("note-form").requestSubmit(byId("note-form").querySelector("[value=save]"));
    }
  });
  document.addEventListener("keydown", pressed);
  try {
    Object.assign(about, await ask("about"));
  } catch (error) {
    return banner([error.message, error.hint].filter(Boolean).join(": "));
  }
  describe();
  filters.begin();
  records.begin();
  open(place.tab);
  await records.load({ around: place.n });
  setInterval(lookForNews, LOOK_EVERY);
}

function toggleFilters() {
  document.body.classList.toggle("filtering");
}

function describe() {
  byId("source").textContent = about.source;
  document.title = `${about.source} · magpie view`;
  byId("count-records").textContent = number(about.rows);
  byId("count-rejected").textContent = number(about.rejected);
  byId("tab-rejected").hidden = !about.run;
  if (about.read_only) banner(about.read_only);
}

function banner(text, ...more) {
  byId("banner").hidden = !text;
  byId("banner").replaceChildren(text, ...more);
}

function open(tab) {
  place.tab = tab;
  for (const name of TABS) byId(name).hidden = name !== tab;
  for (const one of document.querySelectorAll("[data-tab]")) {
    if (one.dataset.tab === tab) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  if (tab === "rejected") rejected.show();
  if (tab === "live") live.show();
  writeAddress();
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape") {
    if (typing) typing.blur();
    else document.body.classList.remove("reading", ...(narrow.matches ? ["filtering"] : []));
    return;
  }
  const key = ALIASES[event.key] ?? event.key;
  const known = KEYS.has(key);
  if (typing || !known || (place.tab !== "records" && !EVERYWHERE.has(key))) return;
  event.preventDefault();
  KEYS.get(key)[1]();
}

function listKeys() {
  byId("keys").replaceChildren(...[...KEYS].flatMap(([key, [what]]) => [
    el("dt", {}, el("kbd", { text: key })), el("dd", { text: what }),
  ]));
}

function focus(id) {
  byId(id)?.focus();
  byId(id)?.select?.();
}

function stored() {
  return localStorage.getItem(THEME);
}

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function turnTheme() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  setTheme(dark ? "light" : "dark");
  localStorage.setItem(THEME, dark ? "light" : "dark");
}

async function lookForNews() {
  if (document.hidden) return;
  let news;
  try {
    news = await ask("state");
  } catch (error) {
    return banner([error.message, error.hint].filter(Boolean).join(": "));
  }
  if (!news.changed) return banner(about.read_only ?? "");
  const take = el("button", { type: "button", onclick: renew, text: "Take it in" });
  banner(news.writer ? "The run is being written: there is more by now. " : "The data has changed. ", take);
}

async function renew() {
  banner("reading …");
  const telling = setInterval(async () => {
    const { doing } = await ask("state");
    if (doing) banner(`${doing.what} … ${number(doing.done)}${doing.of ? ` of ${number(doing.of)}` : ""}`);
  }, 1000);
  try {
    await ask("renew");
    Object.assign(about, await ask("about"));
    banner(about.read_only ?? "");
    describe();
    filters.begin();
    await records.load({ around: place.n });
    toast(`${number(about.rows)} records`);
  } catch (error) {
    banner([error.message, error.hint].filter(Boolean).join(": "));
  } finally {
    clearInterval(telling);
  }
}

begin();
