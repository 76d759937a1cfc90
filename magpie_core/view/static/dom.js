// Builds elements from data. Every text goes in as text: nothing here, or anywhere, parses HTML.

const TAGS = new Set(
  "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s hr br a span table thead tbody tr th td".split(" "),
);

/** An element. `props`: `on…` are listeners, `class`, `data-…`, `aria-…` and others are attributes, `text` its text. */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") made.textContent = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value") made.value = value;
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((one) => one !== null && one !== undefined));
  return made;
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** Rendered Markdown: nodes as the server's `markdown.py` gives them. What is on no list here becomes text alone. */
export function tree(nodes) {
  const made = document.createDocumentFragment();
  for (const node of nodes) made.append(typeof node === "string" ? node : branch(node));
  return made;
}

function branch([tag, attributes, ...children]) {
  if (!TAGS.has(tag)) return tree(children);
  const made = document.createElement(tag);
  if (tag === "a") {
    const target = attributes.href;
    if (!/^https?:\/\//i.test(target)) return tree(children);
    made.href = target;
    made.rel = "noopener noreferrer nofollow";
    made.target = "_blank";
    made.title = target;
  }
  if (tag === "ol" && Number.isInteger(attributes.start)) made.start = attributes.start;
  if (tag === "span" && /^[a-z0-9]{1,8}$/.test(attributes.class ?? "")) made.className = attributes.class;
  if (["left", "right", "center"].includes(attributes.align)) made.classList.add(`to-${attributes.align}`);
  made.append(tree(children));
  return tag === "table" ? el("div", { class: "table" }, made) : made;
}

export const byId = (id) => document.getElementById(id);

export const number = (value) => Number(value).toLocaleString("en");

let toasting;
/** Say something for a moment. */
export function toast(text, kind = "") {
  const place = byId("toast");
  place.textContent = text;
  place.className = `shown ${kind}`;
  clearTimeout(toasting);
  toasting = setTimeout(() => (place.className = ""), kind === "bad" ? 8000 : 2500);
}

/** Buttons to turn pages; `go` is given the first row wanted. */
export function pager(place, { start, total, size }, go) {
  const pages = Math.max(1, Math.ceil(total / size));
  const at = Math.floor(start / size) + 1;
  if (pages === 1) return place.replaceChildren();
  const turn = (page) => go((Math.min(Math.max(1, page), pages) - 1) * size);
  const field = el("input", {
    type: "number", min: 1, max: pages, value: at, "aria-label": "Page", inputmode: "numeric",
    onchange: (event) => turn(Number(event.target.value) || 1),
  });
  place.replaceChildren(
    el("button", { type: "button", disabled: at === 1, onclick: () => turn(1), "aria-label": "First page", text: "«" }),
    el("button", { type: "button", disabled: at === 1, onclick: () => turn(at - 1), "aria-label": "Previous page", title: "[", text: "‹" }),
    el("label", {}, field, ` of ${number(pages)}`),
    el("button", { type: "button", disabled: at === pages, onclick: () => turn(at + 1), "aria-label": "Next page", title: "]", text: "›" }),
    el("button", { type: "button", disabled: at === pages, onclick: () => turn(pages), "aria-label": "Last page", text: "»" }),
  );
}
