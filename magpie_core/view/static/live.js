// The method at work: tokens of the pre-query, the instruction as it is written, its response.

import { listen } from "./api.js";
import { byId, el, number } from "./dom.js";
import { about } from "./state.js";

let stop = null;
let begun = false;

export function show() {
  if (begun) return;
  begun = true;
  byId("live").replaceChildren(form(), el("p", { id: "live-status", class: "status", role: "status" }), el("div", { id: "steps" }));
}

function form() {
  const offers = about.live;
  const [first, ...rest] = offers.suggestions;
  const others = rest.filter((one) => one.checkpoint !== first.checkpoint);
  const fill = (one) => {
    made.elements.checkpoint.value = one.checkpoint;
    made.elements.backend.value = one.backend;
    made.elements.family.value = one.family ?? "";
  };
  const field = (label, made, wide) => el("label", { class: wide ? "wide" : "" }, el("span", { text: label }), made);
  const option = (value, text = value) => el("option", { value, text });
  const known = el("datalist", { id: "checkpoints" }, ...offers.suggestions.map((one) => option(one.checkpoint)));
  const made = el("form", { class: "wish", onsubmit: (event) => { event.preventDefault(); run(event.target); } },
    el("p", { class: "lead" },
      "The model is given only what its chat template has before a user's words, and writes the user's words itself. Then it answers them. ",
      "Here that is done in pieces of eight tokens, so that it can be watched; a run samples whole texts, with its own seeds."),
    field("checkpoint", el("input", { name: "checkpoint", required: true, list: "checkpoints", autocomplete: "off", spellcheck: "false" }), true), known,
    field("family", el("select", { name: "family" }, option("", "guessed"), ...offers.families.map((one) => option(one)))),
    field("system prompt", el("input", { name: "system", autocomplete: "off", placeholder: "none" }), true),
    field("engine", el("select", { name: "backend" }, ...offers.backends.map((one) => option(one)))),
    field("seed", el("input", { name: "seed", type: "number", min: 0, max: 2 ** 53 - 1, value: 1, required: true })),
    el("label", { class: "check" }, el("input", { type: "checkbox", name: "go_on" }), "answer also what a filter turns down"),
    el("div", { class: "go" },
      el("button", { class: "main", id: "sample", text: "Sample" }),
      el("button", { type: "button", id: "again", onclick: () => { made.elements.seed.value = Math.floor(Math.random() * 1e6); made.requestSubmit(); }, text: "Another seed" }),
      ...others.map((one) => el("button", { type: "button", class: "plain own", title: "take the run's own checkpoint, family and engine", onclick: () => fill(one), text: `this run's: ${one.checkpoint}` })),
      el("button", { type: "button", id: "stop", disabled: true, onclick: () => stop?.abort(), text: "Stop" })));
  fill(first);
  return made;
}

async function run(made) {
  stop?.abort();
  const mine = new AbortController();
  stop = mine;
  const said = Object.fromEntries(new FormData(made));
  const wish = {
    checkpoint: said.checkpoint.trim(), family: said.family || null, backend: said.backend,
    system: said.system.trim() || null, seed: Number(said.seed), go_on: said.go_on === "on",
  };
  byId("steps").replaceChildren();
  byId("stop").disabled = false;
  byId("live").classList.add("busy");
  status("asking …");
  const began = performance.now();
  const seen = { tokens: 0 };
  try {
    await listen("live", wish, mine.signal, (event) => take(event, seen));
    if (!seen.failed) status(`done: ${number(seen.tokens)} tokens in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    if (mine === stop) status(error.name === "AbortError" ? "stopped" : [error.message, error.hint].filter(Boolean).join(" — "), error.name !== "AbortError");
  } finally {
    if (mine === stop) {
      byId("stop").disabled = true;
      byId("live").classList.remove("busy");
      for (const one of document.querySelectorAll(".writing")) one.classList.remove("writing");
    }
  }
}

function status(text, bad = false) {
  byId("live-status").textContent = text;
  byId("live-status").classList.toggle("refused", bad);
}

function take(event, seen) {
  if (event.kind === "opening") status(`opening ${event.checkpoint} with ${event.backend} …`);
  else if (event.kind === "notices") status(event.notices.join("; ") || "sampling …");
  else if (event.kind === "error") {
    seen.failed = true;
    status([event.message, event.hint].filter(Boolean).join(" — "), true);
  } else if (event.kind === "prompt") prompt(event);
  else if (event.kind === "piece") {
    seen.tokens += event.tokens.length;
    piece(event);
  } else if (event.kind === "sampled") sampled(event);
  else if (event.kind === "judged") judged(event);
}

function prompt(event) {
  const first = event.step === "instruction";
  const tokens = el("div", { class: "tokens" }, ...event.tokens.map(token));
  const count = el("span", { class: "size", text: `${number(event.tokens.length)} tokens` });
  byId("steps").append(
    first
      ? el("section", { class: "step", id: "step-prompt" }, el("h2", {}, "pre-query", count), tokens)
      : el("section", { class: "step", id: "step-response-prompt" }, el("details", {}, el("summary", {}, "the instruction in the chat template ", count), tokens)),
    el("section", { class: "step", id: `step-${event.step}` },
      el("h2", { text: event.step }),
      el("div", { class: "text writing", dir: "auto" }),
      el("details", { class: "sampled" }, el("summary", { text: "its tokens" }), el("div", { class: "tokens" }))));
}

function token([id, text, special]) {
  return el("span", { class: special ? "token special" : "token" },
    el("span", { class: "what", dir: "auto", text: visible(text) }), el("span", { class: "number", text: id }));
}

const visible = (text) => text.replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll(" ", "␣") || "∅";

function piece(event) {
  const step = byId(`step-${event.step}`);
  step.querySelector(".text").textContent = event.text;
  step.querySelector(".tokens").append(...event.tokens.map(token));
  const main = byId("live");
  if (main.scrollHeight - main.scrollTop - main.clientHeight < 240) main.scrollTop = main.scrollHeight;
}

function sampled(event) {
  const step = byId(`step-${event.step}`);
  step.querySelector(".text").classList.remove("writing");
  const why = event.finish === "stop" ? "ended by a stop token" : "cut: no end in sight";
  step.querySelector("h2").append(el("span", { class: "size", text: `${number(event.count)} tokens, ${why}` }));
}

function judged(event) {
  const step = byId(`step-${event.step}`);
  const made = [];
  if (event.cleaned !== event.raw) {
    step.querySelector("h2").append(el("span", { class: "size", text: "cleaned" }));
    step.querySelector(".text").textContent = event.cleaned;
    made.push(el("details", { class: "raw", open: true }, el("summary", { text: "as it was sampled" }), el("div", { class: "text", dir: "auto", text: event.raw })));
  }
  if (event.reasoning) made.push(el("details", { class: "reasoning" }, el("summary", { text: "reasoning" }), el("div", { class: "text", dir: "auto", text: event.reasoning })));
  made.push(event.reason
    ? el("p", { class: "verdict bad" }, el("strong", { text: "turned down: " }), event.reason, el("span", { class: "size", text: `by ${event.by}; a run stops here` }))
    : el("p", { class: "verdict good", text: "passes every filter" }));
  step.append(...made);
}
