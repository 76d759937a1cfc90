// The list of records: search, order, pages, and which one is read.

import { ask } from "./api.js";
import { byId, el, number, pager, toast } from "./dom.js";
import { showCounts, showFilters } from "./filters.js";
import { clear as clearReader, show as read } from "./reader.js";
import { about, asked, clearFilters, isFiltered, place, writeAddress } from "./state.js";

const SIZE = 50;
const WAIT = 250;
let page = { rows: [], total: 0, start: 0 };
let newest = 0;
let stop;

export function begin() {
  const sort = byId("sort");
  sort.replaceChildren(
    el("option", { value: "", text: "source order" }),
    ...about.sorts.map((name) => el("option", { value: name, text: name })),
  );
  sort.addEventListener("change", () => {
    asked.sort = sort.value;
    asked.descending = Boolean(sort.value);
    refresh();
  });
  byId("direction").addEventListener("click", () => {
    asked.descending = !asked.descending;
    refresh();
  });
  let typing;
  byId("search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      asked.search = byId("search").value.trim();
      refresh();
    }, WAIT);
  });
  byId("toolbar").addEventListener("submit", (event) => event.preventDefault());
  byId("list").addEventListener("click", (event) => {
    const row = event.target.closest("li[data-n]");
    if (row) choose(Number(row.dataset.n), true);
  });
}

/** Ask again from the first page on. */
export async function refresh() {
  await load({ start: 0 });
}

/** Show the page that begins at `start`, or the one that holds the record `around`. */
export async function load({ start = 0, around = null, last = false }) {
  const mine = ++newest;
  stop?.abort();
  stop = new AbortController();
  showControls();
  byId("status").textContent = "…";
  const began = performance.now();
  let found;
  try {
    found = await ask("page", { asked, start, size: SIZE, around }, stop.signal);
  } catch (error) {
    if (error.name !== "AbortError" && mine === newest) refused(error);
    return;
  }
  if (mine !== newest) return;
  page = found;
  byId("where-error")?.replaceChildren();
  const took = Math.round(performance.now() - began);
  byId("status").textContent = page.total
    ? `${number(page.start + 1)}–${number(page.start + page.rows.length)} of ${number(page.total)} · ${number(took)} ms`
    : `no record of ${number(about.rows)} fits · ${number(took)} ms`;
  byId("list").replaceChildren(...page.rows.map(item));
  byId("list").scrollTop = 0;
  pager(byId("pager"), { ...page, size: SIZE }, (first) => load({ start: first }));
  const here = page.rows.find((one) => one.n === place.n) ?? (last ? page.rows.at(-1) : page.rows[0]);
  if (here) choose(here.n, false);
  else {
    place.n = null;
    clearReader();
  }
  writeAddress();
  showCounts();
}

function refused(error) {
  byId("status").textContent = "";
  if (asked.where && byId("where-error")) {
    byId("where-error").replaceChildren(el("span", { text: error.message }), el("span", { class: "hint", text: error.hint }));
    byId("status").textContent = "what is listed is what was asked for before";
    return;
  }
  byId("list").replaceChildren();
  toast([error.message, error.hint].filter(Boolean).join(" — "), "bad");
}

function showControls() {
  byId("search").value = document.activeElement === byId("search") ? byId("search").value : asked.search;
  byId("sort").value = asked.sort;
  byId("direction").textContent = asked.descending ? "↓" : "↑";
  showFilters();
  const active = byId("active");
  active.hidden = !isFiltered();
  const labels = Object.entries(asked.labels).map(([name, values]) => [name, values.map((one) => one ?? "none").join(", "), () => delete asked.labels[name]]);
  const ranges = Object.entries(asked.ranges).map(([name, [low, high]]) => [name, `${low ?? "…"} to ${high ?? "…"}`, () => delete asked.ranges[name]]);
  const others = [
    asked.search ? ["text", asked.search, () => { asked.search = ""; byId("search").value = ""; }] : null,
    asked.where ? ["where", asked.where, () => (asked.where = "")] : null,
  ].filter(Boolean);
  active.replaceChildren(
    ...[...others, ...labels, ...ranges].map(([name, value, remove]) =>
      el("button", {
        type: "button", class: "chip on", title: `Take away: ${name}`, onclick: () => { remove(); refresh(); },
      }, el("span", { class: "name", text: name }), el("span", { class: "what", text: value }), el("span", { text: "×", "aria-hidden": true }))),
    el("button", { type: "button", class: "plain", onclick: clearAll, text: "clear all" }),
  );
}

/** Show all records again. */
export function clearAll() {
  clearFilters();
  byId("search").value = "";
  refresh();
}

function item(row) {
  const value = row.value === null ? null : el("span", { class: "value", title: asked.sort, text: shortened(row.value) });
  return el("li", { "data-n": row.n, class: row.mark },
    el("p", { class: "asks", dir: "auto", text: row.instruction || "(no instruction)" }),
    el("p", { class: "answers", dir: "auto", text: row.response || "(no response)" }),
    el("p", { class: "facts" },
      row.mark ? el("span", { class: `mark ${row.mark}`, text: row.mark }) : null,
      row.note ? el("span", { class: "noted", title: row.note, text: "note" }) : null,
      value, el("span", { text: `#${row.index}` })));
}

const shortened = (value) => (/^-?\d+\.\d{3,}/.test(value) ? Number(value).toPrecision(4) : value);

/** Read the record `n`; `open` shows it where there is no room beside the list. */
export async function choose(n, open) {
  place.n = n;
  for (const row of byId("list").children) row.toggleAttribute("aria-current", Number(row.dataset.n) === n);
  byId("list").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  if (open) document.body.classList.add("reading");
  writeAddress();
  await read(n);
}

/** The next record, or the one before; over the end of the page, too. */
export async function step(by) {
  const at = page.rows.findIndex((one) => one.n === place.n);
  const next = page.rows[at + by];
  if (next) return choose(next.n, false);
  if (by > 0 && page.start + page.rows.length < page.total) return load({ start: page.start + SIZE });
  if (by < 0 && page.start > 0) return load({ start: page.start - SIZE, last: true });
}

/** Turn the page. */
export function turn(by) {
  const start = page.start + by * SIZE;
  if (start >= 0 && start < page.total) load({ start });
}

/** Show what is said of a record by now. */
export function marked({ n, mark, note }) {
  const row = page.rows.find((one) => one.n === n);
  if (!row) return;
  Object.assign(row, { mark, note });
  const old = byId("list").querySelector(`[data-n="${n}"]`);
  const made = item(row);
  made.toggleAttribute("aria-current", n === place.n);
  old.replaceWith(made);
  showCounts();
}
