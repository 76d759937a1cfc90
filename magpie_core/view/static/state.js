// What is asked for, kept in the address so that a reload, or going back, shows the same.

const EMPTY = { search: "", where: "", labels: {}, ranges: {}, sort: "", descending: false };

/** By column, which may be called anything: `constructor` is there in no object that has no prototype. */
const byColumn = (found = {}) => Object.assign(Object.create(null), found);
const fresh = () => ({ ...EMPTY, labels: byColumn(), ranges: byColumn() });

/** What the list shows. */
export const asked = fresh();
/** What the server said of the source. */
export const about = {};
export const place = { tab: "records", n: null };

export function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  let found = {};
  try {
    found = JSON.parse(said.get("asked") ?? "{}") ?? {};
  } catch {
    // An address that was cut off: everything is shown.
  }
  Object.assign(asked, fresh());
  for (const [name, empty] of Object.entries(EMPTY)) {
    if (typeof found[name] !== typeof empty || found[name] === null) continue;
    asked[name] = typeof empty === "object" ? byColumn(found[name]) : found[name];
  }
  place.tab = ["records", "rejected", "live"].includes(said.get("tab")) ? said.get("tab") : "records";
  place.n = /^\d+$/.test(said.get("n") ?? "") ? Number(said.get("n")) : null;
}

export function writeAddress() {
  const said = new URLSearchParams();
  if (place.tab !== "records") said.set("tab", place.tab);
  const chosen = Object.entries(asked).filter(([name, one]) => JSON.stringify(one) !== JSON.stringify(EMPTY[name]));
  if (chosen.length) said.set("asked", JSON.stringify(Object.fromEntries(chosen)));
  if (place.n !== null) said.set("n", place.n);
  history.replaceState(null, "", `#${said}`);
}

/** Whether anything is filtered by. */
export function isFiltered() {
  return Boolean(asked.search || asked.where || Object.keys(asked.labels).length || Object.keys(asked.ranges).length);
}

/** Show everything again, in whatever order. */
export function clearFilters() {
  Object.assign(asked, fresh(), { sort: asked.sort, descending: asked.descending });
}
