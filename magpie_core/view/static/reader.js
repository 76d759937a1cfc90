// One record, to be read: turns, thoughts, pairs, columns; and what the reader thinks of it.

import { ask } from "./api.js";
import { byId, el, number, toast, tree } from "./dom.js";
import { marked, step } from "./records.js";
import { about, place } from "./state.js";

const ROLES = { system: "system prompt", user: "instruction", assistant: "response" };
let record = null;
let newest = 0;
let loading = Promise.resolve();
let plain = false;

/** Read the record `n`. */
export function show(n) {
  loading = load(n);
  return loading;
}

async function load(n) {
  const mine = ++newest;
  if (record?.n === n) return;
  try {
    const found = await ask("record", { n });
    if (mine !== newest) return;
    record = found;
  } catch (error) {
    if (mine === newest) toast(error.message, "bad");
    return;
  }
  draw();
  byId("reader").scrollTop = 0;
}

/** Nothing to read. */
export function clear() {
  newest += 1;
  record = null;
  byId("reader").replaceChildren();
  document.body.classList.remove("reading");
}

function draw() {
  byId("reader").replaceChildren(...[
    bar(),
    record.note ? el("p", { class: "note", dir: "auto" }, el("strong", { text: "note " }), record.note) : null,
    ...record.turns.map(turn),
    ...record.pairs.map(pair),
    columns(),
  ].filter(Boolean));
}

function bar() {
  const marking = (mark, key) => el("button", {
    type: "button", class: `marking ${mark}`, "aria-pressed": String(record.mark === mark), disabled: about.read_only,
    title: about.read_only ?? `${mark} (${key})`, onclick: () => toggle(mark), text: mark,
  });
  return el("header", { class: "bar" },
    el("button", { type: "button", class: "back", onclick: () => document.body.classList.remove("reading"), text: "‹ list" }),
    el("span", { class: "steps" },
      el("button", { type: "button", title: "record before (k)", "aria-label": "Record before", onclick: () => step(-1), text: "↑" }),
      el("button", { type: "button", title: "next record (j)", "aria-label": "Next record", onclick: () => step(1), text: "↓" })),
    el("span", { class: "id", title: record.id, text: `#${record.index}` }),
    el("span", { class: "markings" },
      marking("keep", "y"), marking("drop", "d"),
      el("button", { type: "button", class: "marking", disabled: about.read_only, title: about.read_only ?? "note (n)", onclick: note, text: record.note ? "note ✎" : "note" })),
    el("button", { type: "button", class: "plain", title: "rendered or as it is (m)", onclick: toggleText, text: plain ? "rendered" : "as it is" }));
}

function body(said) {
  const rendered = !plain && said.tree;
  const made = el("div", { class: rendered ? "text rendered" : "text", dir: "auto" });
  if (rendered) made.append(tree(said.tree));
  else made.textContent = said.text;
  const cut = said.length > said.text.length ? el("p", { class: "hint", text: `${number(said.length - said.text.length)} more characters` }) : null;
  const long = !plain && !said.tree ? el("p", { class: "hint", text: "too long to be rendered: shown as it is" }) : null;
  return [made, long, cut].filter(Boolean);
}

function thought(said) {
  if (!said.reasoning) return null;
  return el("details", { class: "reasoning" },
    el("summary", { text: `reasoning, ${number(said.reasoning.length)} characters` }), ...body(said.reasoning));
}

function turn(said) {
  return el("section", { class: `turn ${said.role}` },
    el("h3", {}, ROLES[said.role] ?? said.role, el("span", { class: "size", text: `${number(said.length)} characters` })),
    thought(said),
    ...(said.text ? body(said) : [el("p", { class: "hint", text: "empty" })]));
}

function pair(one) {
  const side = (name) => one[name] && el("section", { class: `turn side ${name}` },
    el("h3", {}, name, reward(one[name].reward)), thought(one[name]), ...body(one[name]));
  const others = (one.responses ?? []).map((said, at) => el("li", {},
    el("h3", {}, `response ${at + 1}`, reward(said.reward), said.objection ? el("span", { class: "refused", text: said.objection }) : null), ...body(said)));
  return el("section", { class: "pair" },
    el("h2", { text: one.owner || "preference" }),
    one.why_none ? el("p", { class: "hint", text: `no pair: ${one.why_none}` }) : null,
    el("div", { class: "sides" }, side("chosen"), side("rejected")),
    others.length ? el("details", {}, el("summary", { text: `all ${others.length} responses` }), el("ol", { class: "responses" }, ...others)) : null);
}

const reward = (value) => (typeof value === "number" ? el("span", { class: "size", text: `reward ${value.toPrecision(4)}` }) : null);

function columns() {
  const owners = Map.groupBy ? Map.groupBy(record.columns, (one) => one.owner) : grouped(record.columns);
  const tables = [...owners].map(([owner, ones]) => el("tbody", {},
    el("tr", {}, el("th", { colspan: 2, class: "owner", text: owner === "row" ? "the record's own" : owner })),
    ...ones.map((one) => el("tr", {},
      el("th", { scope: "row", text: one.name }),
      el("td", { dir: "auto", class: one.value === null ? "none" : "", text: one.value ?? "none" })))));
  return el("details", { class: "facts-of", open: true },
    el("summary", { text: "columns" }),
    el("table", {}, el("tbody", {}, el("tr", {}, el("th", { scope: "row", text: "id" }), el("td", { text: record.id }))), ...tables));
}

function grouped(ones) {
  const found = new Map();
  for (const one of ones) found.set(one.owner, [...(found.get(one.owner) ?? []), one]);
  return found;
}

/** Rendered Markdown, or every character as it is. */
export function toggleText() {
  plain = !plain;
  if (record) draw();
}

/** Fold or unfold what was thought. */
export function toggleReasoning() {
  const all = [...byId("reader").querySelectorAll("details.reasoning")];
  const open = all.some((one) => !one.open);
  for (const one of all) one.open = open;
}

/** The record that is chosen, once it is there: a key may be quicker than the server. */
async function chosen() {
  await loading;
  return record?.n === place.n ? record : null;
}

/** Keep or drop the record; the same again takes it back. */
export async function toggle(mark) {
  const one = await chosen();
  if (one) await say(one.n, one.mark === mark ? null : mark, one.note);
}

/** Take mark and note away. */
export async function unmark() {
  const one = await chosen();
  if (one) await say(one.n, null, null);
}

/** Take back the newest change. */
export async function undo() {
  try {
    const back = await ask("undo");
    if (!back) return toast("nothing to take back");
    take(back);
    toast(`taken back: #${back.n} is ${back.mark ?? "not marked"}`);
  } catch (error) {
    toast(error.message, "bad");
  }
}

/** Ask for a note. */
export async function note() {
  const one = await chosen();
  if (!one) return;
  if (about.read_only) return toast(about.read_only, "bad");
  const dialog = byId("noting");
  const { n, mark } = one;
  byId("note-text").value = one.note ?? "";
  dialog.onclose = () => {
    if (dialog.returnValue === "save") say(n, mark, byId("note-text").value.trim() || null);
  };
  dialog.returnValue = "";
  dialog.showModal();
}

async function say(n, mark, text) {
  if (about.read_only) return toast(about.read_only, "bad");
  try {
    take(await ask("mark", { n, mark, note: text }));
  } catch (error) {
    toast([error.message, error.hint].filter(Boolean).join(" — "), "bad");
  }
}

function take(said) {
  marked(said);
  if (record?.n !== said.n) return;
  Object.assign(record, { mark: said.mark, note: said.note });
  const top = byId("reader").scrollTop;
  draw();
  byId("reader").scrollTop = top;
}
