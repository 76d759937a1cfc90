// The filters beside the list: labels with how many rows have them, ranges of numbers, an expression.

import { ask } from "./api.js";
import { byId, el, number, svg } from "./dom.js";
import { refresh } from "./records.js";
import { about, asked } from "./state.js";

const MARKS = { column: "mark", name: "mark", owner: "tags/marks", kind: "labels", values: ["keep", "drop"], empty: 1 };
const chips = new Map();
let newest = 0;

export function begin() {
  const facets = [MARKS, ...about.facets];
  byId("filters").replaceChildren(
    expert(),
    ...facets.filter((one) => one.kind === "labels").map(labels),
    ...facets.filter((one) => one.kind === "numbers").map(numbers),
    ...notes(),
  );
  showFilters();
}

function expert() {
  const field = el("textarea", {
    id: "where", rows: 2, spellcheck: "false", autocomplete: "off", "aria-describedby": "where-error",
    placeholder: "input_quality >= 'good' AND length(response) > 200",
  });
  const apply = () => {
    asked.where = field.value.trim();
    refresh();
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      apply();
    }
  });
  return el("section", { class: "facet expert" },
    el("h2", {}, el("label", { for: "where", text: "where" }), el("span", { class: "owner", text: "as in magpie select" })),
    field,
    el("p", { id: "where-error", class: "refused", role: "alert" }),
    el("details", {}, el("summary", { text: `${about.columns.length} columns` }),
      el("p", { class: "columns" }, ...about.columns.flatMap((name) => [el("button", {
        type: "button", class: "plain", text: name,
        onclick: () => {
          field.setRangeText(/^[a-z_][a-z0-9_]*$/i.test(name) ? name : column(name), field.selectionStart, field.selectionEnd, "end");
          field.focus();
        },
      }), " "]))),
    el("button", { type: "button", onclick: apply, text: "Apply" }));
}

const column = (name) => (name.startsWith("length of ") ? `length(${name.slice(10)})` : name.split(".").map((part) => (/^\w+$/.test(part) ? part : `"${part}"`)).join("."));

function heading(facet) {
  return el("h2", {}, el("span", { text: facet.name }), facet.owner === "row" ? null : el("span", { class: "owner", text: facet.owner }));
}

function labels(facet) {
  const values = facet.empty ? [...facet.values, null] : facet.values;
  const made = new Map(values.map((value) => [value, chip(facet.column, value)]));
  chips.set(facet.column, made);
  return el("section", { class: "facet" }, heading(facet), el("div", { class: "chips" }, ...made.values()));
}

function chip(name, value) {
  return el("button", {
    type: "button", class: "chip", "aria-pressed": "false", "data-column": name, "data-value": value ?? "",
    onclick: () => {
      const chosen = asked.labels[name] ?? [];
      const now = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
      if (now.length) asked.labels[name] = now;
      else delete asked.labels[name];
      refresh();
    },
  }, el("span", { text: value ?? "none" }), el("span", { class: "count" }));
}

function numbers(facet) {
  const most = Math.max(1, ...facet.bins);
  const step = (facet.high - facet.low) / facet.bins.length;
  const bars = facet.bins.map((count, at) => {
    const from = facet.low + at * step;
    const height = count ? Math.max(1, (count / most) * 30) : 0;
    const bar = svg("rect", { x: at * 10 + 1, y: 32 - height, width: 8, height, rx: 1 });
    const whole = svg("rect", { x: at * 10, y: 0, width: 10, height: 32, class: "touch" });
    whole.append(svg("title", {}, `${rounded(from)} to ${rounded(from + step)}: ${number(count)}`));
    whole.addEventListener("click", () => setRange(facet, rounded(from), rounded(from + step)));
    return [bar, whole];
  });
  const ends = ["from", "to"].map((what, at) => el("input", {
    type: "number", step: "any", "aria-label": `${facet.name} ${what}`, placeholder: rounded(at ? facet.high : facet.low),
    "data-column": facet.column, "data-end": at,
    onchange: (event) => {
      const range = [...(asked.ranges[facet.column] ?? [null, null])];
      range[at] = event.target.value === "" ? null : Number(event.target.value);
      setRange(facet, ...range);
    },
  }));
  return el("section", { class: "facet" }, heading(facet),
    svg("svg", { viewBox: `0 0 ${facet.bins.length * 10} 32`, class: "histogram", preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars.flat()),
    el("p", { class: "range" }, ends[0], " to ", ends[1]));
}

function setRange(facet, low, high) {
  if (low === null && high === null) delete asked.ranges[facet.column];
  else asked.ranges[facet.column] = [low, high];
  refresh();
}

const rounded = (value) => Number(Number(value).toPrecision(4));

function notes() {
  return about.notes.length ? [el("section", { class: "facet notes" }, ...about.notes.map((one) => el("p", { text: one })))] : [];
}

/** Show what is chosen. */
export function showFilters() {
  const field = byId("where");
  if (field && document.activeElement !== field) field.value = asked.where;
  if (!asked.where) byId("where-error")?.replaceChildren();
  for (const [name, made] of chips) {
    for (const [value, button] of made) button.setAttribute("aria-pressed", String((asked.labels[name] ?? []).includes(value)));
  }
  for (const input of byId("filters").querySelectorAll("input[data-end]")) {
    const end = (asked.ranges[input.dataset.column] ?? [null, null])[Number(input.dataset.end)];
    if (document.activeElement !== input) input.value = end ?? "";
  }
}

/** Ask how many rows have each label, and show it. */
export async function showCounts() {
  const mine = ++newest;
  let found;
  try {
    found = await ask("counts", asked);
  } catch {
    return; // what is wrong was said where the page was asked for
  }
  if (mine !== newest) return;
  for (const [name, made] of chips) {
    const counts = new Map(Object.hasOwn(found, name) ? found[name] : []);
    for (const [value, button] of made) {
      const count = counts.get(value) ?? 0;
      button.querySelector(".count").textContent = number(count);
      button.classList.toggle("empty", !count);
    }
  }
}
