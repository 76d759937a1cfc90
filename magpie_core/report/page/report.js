"use strict";
(() => {
// Everything from the records is put in as text (textContent); nothing here makes markup of a string.
const data = JSON.parse(document.getElementById("data").textContent);
const root = document.documentElement;
const tip = document.getElementById("tip");

function made(tag, text, className) {
  const one = document.createElement(tag);
  if (text !== undefined) one.textContent = text;
  if (className) one.className = className;
  return one;
}

// Figures: drawn when they are about to be seen, again when the colours or the width change.

const DATA = new Set(["datasets", "values", "domain", "sort"]); // what people and models wrote
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

function theme() {
  return root.dataset.theme || (prefersDark.matches ? "dark" : "light");
}

function coloured(spec, colours) {
  if (typeof spec === "string") return Object.hasOwn(colours, spec) ? colours[spec] : spec;
  if (Array.isArray(spec)) return spec.map((one) => coloured(one, colours));
  if (spec === null || typeof spec !== "object") return spec;
  return Object.fromEntries(
    Object.entries(spec).map(([key, one]) => [key, DATA.has(key) ? one : coloured(one, colours)]),
  );
}

function showTip(handler, event, item, value) {
  if (value === null || value === undefined || value === "") {
    tip.hidden = true;
    return;
  }
  tip.replaceChildren();
  const entries = typeof value === "object" ? Object.entries(value) : [["", value]];
  for (const [name, one] of entries) {
    const line = made("div");
    if (name) line.append(made("b", name + " "));
    line.append(String(one));
    tip.append(line);
  }
  tip.hidden = false;
  const room = tip.getBoundingClientRect();
  const x = Math.min(event.clientX + 14, window.innerWidth - room.width - 8);
  const below = event.clientY + 14;
  const y = below + room.height > window.innerHeight - 8 ? event.clientY - room.height - 10 : below;
  tip.style.left = Math.max(8, x) + "px";
  tip.style.top = Math.max(8, y) + "px";
}

const drawn = new Map();

async function draw(place) {
  const colours = data.themes[theme()];
  const before = drawn.get(place);
  drawn.set(place, { finalize() {} });
  if (before) before.finalize();
  const spec = coloured(data.figures[place.dataset.figure], colours);
  const result = await vegaEmbed(place, spec, {
    mode: "vega-lite",
    actions: false,
    ast: true, // expressions are interpreted: no code is made of text
    config: coloured(data.config, colours),
    defaultStyle: false,
    renderer: place.classList.contains("canvas") ? "canvas" : "svg",
    tooltip: showTip,
  });
  drawn.set(place, result);
  place.style.minHeight = "";
  place.dataset.drawn = theme();
}

const watcher = new IntersectionObserver(
  (seen) => {
    for (const one of seen) {
      if (!one.isIntersecting || drawn.has(one.target)) continue;
      draw(one.target).catch((problem) => console.error(String(problem)));
    }
  },
  { rootMargin: "600px" },
);
document.querySelectorAll(".chart").forEach((place) => watcher.observe(place));
document.addEventListener("scroll", () => (tip.hidden = true), { passive: true });

function redraw() {
  for (const place of drawn.keys()) draw(place).catch((problem) => console.error(String(problem)));
}
document.getElementById("theme").addEventListener("click", () => {
  root.dataset.theme = theme() === "dark" ? "light" : "dark";
  redraw();
});
prefersDark.addEventListener("change", redraw);
window.addEventListener("beforeprint", () => {
  for (const place of document.querySelectorAll(".chart")) if (!drawn.has(place)) draw(place);
});

// The table of contents says where one is.

const links = new Map([...document.querySelectorAll("nav a")].map((one) => [one.hash.slice(1), one]));
const sections = [...document.querySelectorAll("main > section")];
function mark() {
  const edge = window.innerHeight * 0.3;
  const bottom = window.innerHeight + window.scrollY >= document.body.scrollHeight - 4;
  let current = sections[0];
  for (const one of sections) if (one.getBoundingClientRect().top <= edge) current = one;
  if (bottom) current = sections[sections.length - 1];
  for (const [name, link] of links) {
    const here = name === current.id;
    if (here === link.hasAttribute("aria-current")) continue;
    if (here) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
    const list = link.closest("nav");
    if (here && list.scrollWidth > list.clientWidth) {
      list.scrollTo({ left: link.offsetLeft - 40 });
    }
  }
}
document.addEventListener("scroll", mark, { passive: true });
mark();

// Settings.

const differing = document.getElementById("differing");
if (differing) {
  const table = document.getElementById("settings-table");
  differing.addEventListener("change", () => table.classList.toggle("differing", differing.checked));
}

// Records.

const PER_PAGE = 10;
const LONG = 900; // characters of a message that is shown whole
const form = document.getElementById("filters");
let at = 0;
let found = [];

function field(title, input) {
  const label = made("label", title);
  label.append(input);
  form.append(label);
  return input;
}

function choice(title, options) {
  const select = made("select");
  for (const [value, text] of options) {
    const option = made("option", text);
    option.value = value;
    select.append(option);
  }
  return field(title, select);
}

const search = made("input");
search.type = "search";
search.id = "search";
field("contains", search);
const several = data.sets.length > 1;
const which = several ? choice("data set", data.sets.map((name, n) => [String(n), name])) : null;
const filters = data.filters.map((filter) => {
  const select = choice(filter.title, [["", "any"], ...filter.labels.map((label) => [label, label])]);
  select.dataset.filter = filter.name;
  return [filter.name, select];
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", find);

function rows() {
  return data.rows[which ? Number(which.value) : 0] || [];
}

function find() {
  const text = search.value.toLowerCase();
  const wanted = filters.filter(([, select]) => select.value);
  found = rows().filter(
    (row) =>
      wanted.every(([name, select]) => row.labels[name] === select.value) &&
      (!text || row.id.toLowerCase().includes(text) || row.turns.some((turn) => turn[1].toLowerCase().includes(text))),
  );
  at = 0;
  show();
}

function message([role, text]) {
  const turn = made("div", undefined, "turn " + (role === "assistant" ? "assistant" : "other"));
  turn.append(made("b", role));
  const body = made("pre", text);
  body.dir = "auto";
  turn.append(body);
  if (text.length <= LONG) return [turn];
  body.classList.add("cut");
  const more = made("button", "show all " + text.length.toLocaleString("en") + " characters", "more");
  more.type = "button";
  more.addEventListener("click", () => {
    body.classList.remove("cut");
    more.remove();
  });
  return [turn, more];
}

function record(row) {
  const box = made("article", undefined, "record");
  const head = made("p", row.id + " ");
  for (const [name, select] of filters) {
    if (!Object.hasOwn(row.labels, name)) continue;
    const chip = made("span", row.labels[name], "chip");
    chip.title = select.parentNode.firstChild.textContent;
    head.append(chip);
  }
  box.append(head);
  for (const turn of row.turns) box.append(...message(turn));
  const values = Object.entries(row.values);
  if (values.length) {
    const details = made("details");
    details.append(made("summary", values.length + " columns"));
    const list = made("dl");
    for (const [name, value] of values) list.append(made("dt", name), made("dd", value));
    details.append(list);
    box.append(details);
  }
  return box;
}

function show() {
  const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
  document.getElementById("rows").replaceChildren(...found.slice(at, at + PER_PAGE).map(record));
  document.getElementById("found").textContent =
    found.length.toLocaleString("en") + " of " + rows().length.toLocaleString("en") + " records of the sample";
  document.getElementById("where").textContent = "page " + (at / PER_PAGE + 1) + " of " + pages;
  document.getElementById("previous").disabled = at === 0;
  document.getElementById("next").disabled = at + PER_PAGE >= found.length;
}

function turnTo(place) {
  at = place;
  show();
  document.getElementById("filters").scrollIntoView({ block: "start" });
}
document.getElementById("previous").addEventListener("click", () => turnTo(at - PER_PAGE));
document.getElementById("next").addEventListener("click", () => turnTo(at + PER_PAGE));
find();
root.dataset.ready = "yes";
})();
