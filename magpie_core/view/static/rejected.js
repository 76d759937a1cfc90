// What was turned down: at which step, by what, the text in question.

import { ask } from "./api.js";
import { byId, el, number, pager, toast } from "./dom.js";

const SIZE = 50;
const WAIT = 250;
const wanted = { search: "", step: null, reason: null };
let newest = 0;
let begun = false;

export async function show() {
  if (begun) return;
  begun = true;
  let typing;
  const search = el("input", {
    type: "search", id: "search-rejected", placeholder: "Search what was rejected  /", "aria-label": "Search what was rejected",
    autocomplete: "off", spellcheck: "false",
    oninput: (event) => {
      clearTimeout(typing);
      typing = setTimeout(() => {
        wanted.search = event.target.value.trim();
        load(0);
      }, WAIT);
    },
  });
  byId("rejected").replaceChildren(
    el("div", { class: "toolbar" }, search),
    el("div", { class: "chips", id: "reasons" }),
    el("p", { class: "status", id: "status-rejected", role: "status" }),
    el("ol", { class: "cards", id: "list-rejected" }),
    el("div", { class: "pager", id: "pager-rejected" }),
  );
  await load(0);
}

async function load(start) {
  const mine = ++newest;
  let found;
  try {
    found = await ask("rejected", { ...wanted, start });
  } catch (error) {
    return toast(error.message, "bad");
  }
  if (mine !== newest) return;
  byId("reasons").replaceChildren(...found.reasons.map(chip));
  byId("status-rejected").textContent = found.total
    ? `${number(found.start + 1)}–${number(found.start + found.rows.length)} of ${number(found.total)}`
    : "nothing was rejected, or nothing that fits";
  byId("list-rejected").replaceChildren(...found.rows.map(card));
  pager(byId("pager-rejected"), { ...found, size: SIZE }, load);
  byId("rejected").scrollTop = 0;
}

function chip([step, reason, filter, count]) {
  const on = wanted.step === step && wanted.reason === reason;
  return el("button", {
    type: "button", class: "chip", "aria-pressed": String(on), title: `by ${filter}`,
    onclick: () => {
      Object.assign(wanted, on ? { step: null, reason: null } : { step, reason });
      load(0);
    },
  }, el("span", { text: `${step} · ${reason}` }), el("span", { class: "count", text: number(count) }));
}

function card(one) {
  const about = one.instruction === null ? null : el("details", {},
    el("summary", { text: "the instruction" }), el("div", { class: "text", dir: "auto", text: one.instruction }));
  return el("li", { class: "card" },
    el("h3", {}, el("span", { class: "reason", text: one.reason }), el("span", { class: "size", text: `${one.step} · by ${one.filter} · #${one.index}` })),
    about,
    el("div", { class: "text", dir: "auto", text: one.text || "(empty)" }));
}
