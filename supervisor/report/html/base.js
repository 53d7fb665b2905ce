// Elements, and numbers as text. Text reaches the page as text only: no string is ever parsed as HTML.

const report = JSON.parse(document.getElementById("report").textContent);
const SVG = "http://www.w3.org/2000/svg";

function byId(id) {
  return document.getElementById(id);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// A child is a node or a string.
function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

// Tables keep their roles when CSS lays them out differently on narrow screens.
function cell(name, attributes, ...children) {
  return el(name, { role: name === "td" ? "cell" : attributes.scope === "row" ? "rowheader" : "columnheader",
    ...attributes }, ...children);
}

function row(...cells) {
  return el("tr", { role: "row" }, ...cells);
}

function table(attributes, head, rows, foot) {
  const parts = [el("thead", { role: "rowgroup" }, head), el("tbody", { role: "rowgroup" }, ...rows)];
  if (foot) parts.push(el("tfoot", { role: "rowgroup" }, foot));
  return el("table", { role: "table", ...attributes }, ...parts);
}

function show(id) {
  byId(id).hidden = false;
}

function count(number) {
  return number.toLocaleString("en-US");
}

function counted(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

// Three significant digits, without a trailing ".0".
function short(number) {
  const size = Math.abs(number);
  if (size >= 100 || number === Math.round(number)) return count(Math.round(number));
  return number.toFixed(size >= 10 ? 1 : 2).replace(/\.?0+$/, "");
}

const NO_BREAK = "\u00a0";

function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  while (number >= 1023.5 && unit < units.length - 1) {
    number /= 1024;
    unit += 1;
  }
  return (unit === 0 ? count(Math.round(number)) : short(number)) + NO_BREAK + units[unit];
}

// Of a stage or a picture: "850 µs", "12.4 ms", "1.2 s".
function briefly(seconds) {
  if (seconds < 1e-3) return short(seconds * 1e6) + NO_BREAK + "µs";
  if (seconds < 0.9995) return short(seconds * 1e3) + NO_BREAK + "ms";
  if (seconds < 119.5) return short(seconds) + NO_BREAK + "s";
  return duration(seconds);
}

// Of a run: "42 s", "3 min 5 s", "2 h 14 min", "3 d 4 h".
function duration(seconds) {
  if (seconds < 10) return short(seconds) + NO_BREAK + "s";
  const whole = Math.round(seconds);
  const parts = [[Math.floor(whole / 86400), "d"], [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"]];
  const first = parts.findIndex(([value]) => value > 0);
  return parts.slice(first, first + 2).filter(([value], index) => value > 0 || index === 0)
    .map(([value, unit]) => value + NO_BREAK + unit).join(" ");
}

function percent(part, whole) {
  if (whole === 0) return "0" + NO_BREAK + "%";
  const value = 100 * part / whole;
  if (part > 0 && value < 0.01) return "under 0.01" + NO_BREAK + "%";
  // What is not all does not read as all.
  const shown = part < whole ? Math.min(value, 99.99) : value;
  return (shown >= 99 ? shown.toFixed(2).replace(/\.?0+$/, "") : short(shown)) + NO_BREAK + "%";
}

// "2026-11-23T23:22:08Z" without its T and Z; anything else stays as it is.
function clock(time) {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time) ? time.slice(0, 10) + " " + time.slice(11, 19) : time;
}

// Calls draw() when `node` has a width, and again when it gets another one. The first calls come together, when the page
// is laid out, so that it is laid out once. Not within the observer: what is drawn changes sizes again, which browsers
// report as an error.
function whenResized(node, draw) {
  let width = 0;
  new ResizeObserver(() => {
    const now = node.clientWidth;
    if (now === width || now === 0) return;
    width = now;
    requestAnimationFrame(draw);
  }).observe(node);
}

// A bar of parts [name, number, CSS class, explanation] and their legend.
function stackedBar(label, parts) {
  const all = parts.reduce((sum, [, number]) => sum + number, 0);
  const bar = el("div", { class: "bar", role: "img",
    "aria-label": `${label}: ` + parts.map(([name, number]) => `${count(number)} ${name}`).join(", ") });
  const legend = el("dl", { class: "legend" });
  for (const [name, number, kind, explanation] of parts) {
    const piece = el("span", { class: `piece ${kind}` });
    piece.style.flexGrow = String(number);
    if (number > 0) bar.append(piece);
    legend.append(el("div", {}, el("dt", {}, el("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), name),
      el("dd", {}, el("span", { class: "figure" }, count(number)),
        el("span", { class: "share" }, percent(number, all))),
      explanation ? el("dd", { class: "explanation" }, explanation) : ""));
  }
  return [bar, legend];
}
