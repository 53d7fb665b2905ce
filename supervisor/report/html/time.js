// Plots of a run over time: throughput, failures, restarts, memory. A sample is
// [seconds, done, failed, restarts, resident bytes].

const LEFT = 64;  // room for the labels of the vertical axis
const RIGHT = 12;
const NARROWEST_BIN = 4;  // pixels

const PANELS = [
  { id: "throughput", title: "Pictures per second", height: 150, kind: "area", colour: "done", ticks: numberTicks,
    value: (from, to) => (to[1] - from[1]) / Math.max(to[0] - from[0], 1e-9), text: (value) => `${short(value)} pictures/s` },
  { id: "failures", title: "Failures", height: 76, kind: "bars", colour: "failed", ticks: wholeTicks,
    value: (from, to) => Math.max(0, to[2] - from[2]), text: (value) => counted(value, "failure", "failures") },
  { id: "restarts", title: "Restarts of workers", height: 76, kind: "bars", colour: "restart", ticks: wholeTicks,
    value: (from, to) => Math.max(0, to[3] - from[3]), text: (value) => counted(value, "restart", "restarts") },
  { id: "memory", title: "Memory of all workers", height: 80, kind: "area", colour: "memory", ticks: byteTicks,
    value: (from, to, most) => most, text: (value) => (value > 0 ? bytes(value) : "not measured"), none: "not measured" },
];

// Neighbouring samples are joined until each bin is wide enough to be seen.
function binsOf(samples, width) {
  const whole = samples[samples.length - 1][0] - samples[0][0];
  const least = whole / Math.max(1, Math.floor(width / NARROWEST_BIN));
  const bins = [];
  let first = 0;
  let most = 0;
  for (let i = 1; i < samples.length; i += 1) {
    most = Math.max(most, samples[i][4]);
    if (samples[i][0] - samples[first][0] < least * (1 - 1e-6) && i < samples.length - 1) continue;
    bins.push({ from: samples[first], to: samples[i], most });
    first = i;
    most = 0;
  }
  return bins;
}

function areaPath(values, bins, x, y, bottom) {
  let line = "";
  bins.forEach((bin, i) => {
    line += `${line ? "L" : "M"}${x(bin.from[0])} ${y(values[i])}H${x(bin.to[0])}`;
  });
  return [line, `${line}V${bottom}H${x(bins[0].from[0])}Z`];
}

const AXIS = 22;  // room for the labels of the horizontal axis, below the last panel
const EMPTY = 36;  // the height of a panel with nothing in it

function panelSvg(panel, bins, width, isLast) {
  const start = bins[0].from[0];
  const end = bins[bins.length - 1].to[0];
  const values = bins.map((bin) => panel.value(bin.from, bin.to, bin.most));
  const highest = Math.max(...values);
  const height = (highest > 0 ? panel.height : EMPTY) + (isLast ? AXIS : 0);
  const top = 6;
  const bottom = height - 6 - (isLast ? AXIS : 0);
  const ticks = panel.ticks(highest > 0 ? highest : 1, panel.height > 100 ? 4 : 2);
  const scaleTop = ticks[ticks.length - 1][0];
  const round = (number) => Math.round(number * 10) / 10;
  const x = (time) => round(LEFT + (time - start) / (end - start) * (width - LEFT - RIGHT));
  const y = (value) => round(bottom - value / scaleTop * (bottom - top));
  const total = values.reduce((sum, value) => sum + value, 0);
  const description = highest > 0
    ? `${panel.title}: ${values.length} values over ${duration(end - start)}, ${panel.text(highest)} at most.`
    : `${panel.title}: ${panel.none ?? "none"} in ${duration(end - start)}.`;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: `plot ${panel.colour}`, role: "img",
    "aria-labelledby": `${panel.id}-title ${panel.id}-desc`, "data-plot": panel.id, "data-points": values.length });
  picture.append(svg("title", { id: `${panel.id}-title` }, panel.title), svg("desc", { id: `${panel.id}-desc` }, description));
  for (const [value, label] of highest > 0 ? ticks : [[0, ""]]) {
    picture.append(svg("line", { class: value === 0 ? "base" : "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }));
    picture.append(svg("text", { class: "tick", x: LEFT - 8, y: y(value), dy: "0.35em", "text-anchor": "end" }, label));
  }
  if (panel.kind === "area" && highest > 0) {
    const [line, area] = areaPath(values, bins, x, y, bottom);
    picture.append(svg("path", { class: "area", d: area }), svg("path", { class: "line", d: line }));
  }
  if (panel.kind === "bars" && total > 0) {
    bins.forEach((bin, i) => {
      if (values[i] === 0) return;
      const left = x(bin.from[0]);
      picture.append(svg("rect", { class: "mark", x: left, width: Math.max(2, x(bin.to[0]) - left - 1), y: y(values[i]),
        height: Math.max(1, bottom - y(values[i])) }));
    });
  }
  if (highest === 0) {
    picture.append(svg("text", { class: "none", x: LEFT + 8, y: bottom - 8 }, panel.none ?? "none"));
  }
  if (isLast) {
    for (const [time, label] of timeTicks(end - start, Math.max(2, Math.floor((width - LEFT) / 110)))) {
      const at = x(start + time);
      const anchor = at > width - 40 ? "end" : "middle";
      picture.append(svg("line", { class: "base", x1: at, x2: at, y1: bottom, y2: bottom + 4 }),
        svg("text", { class: "tick", x: anchor === "end" ? width - RIGHT : at, y: bottom + 17, "text-anchor": anchor }, label));
    }
  }
  const cursor = svg("line", { class: "cursor", y1: top, y2: bottom, visibility: "hidden" });
  picture.append(cursor);
  return { picture, values, cursor, x };
}

function drawPanels(run, width) {
  const bins = binsOf(run.samples, width - LEFT - RIGHT);
  const drawn = PANELS.map((panel, i) => panelSvg(panel, bins, width, i === PANELS.length - 1));
  byId("panels").replaceChildren(...PANELS.map((panel, i) =>
    el("figure", { class: "panel" }, el("figcaption", {}, panel.title), drawn[i].picture)));
  let chosen = -1;
  const hint = "Point at a plot, or use the arrow keys, to read its values.";
  const choose = (index) => {
    chosen = Math.min(Math.max(index, -1), bins.length - 1);
    const bin = bins[chosen];
    for (const { cursor, x } of drawn) {
      cursor.setAttribute("visibility", bin ? "visible" : "hidden");
      if (!bin) continue;
      const middle = (x(bin.from[0]) + x(bin.to[0])) / 2;
      cursor.setAttribute("x1", middle);
      cursor.setAttribute("x2", middle);
    }
    byId("readout").textContent = bin
      ? `After ${duration(bin.to[0])}: ` + PANELS.map((panel, i) => panel.text(drawn[i].values[chosen])).join(", ")
      : hint;
  };
  choose(-1);
  const panels = byId("panels");
  panels.onpointermove = (event) => {
    const box = drawn[0].picture.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * width;
    choose(bins.findIndex((bin) => at <= drawn[0].x(bin.to[0])));
  };
  panels.onpointerleave = () => choose(-1);
  panels.onblur = () => choose(-1);
  panels.onkeydown = (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.key in steps) choose(Math.max(0, chosen + steps[event.key]));
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(bins.length - 1);
    else if (event.key === "Escape") choose(-1);
    else return;
    event.preventDefault();
  };
}

function showTime() {
  const runs = report.runs.filter((run) => run.samples.length > 1
    && run.samples[run.samples.length - 1][0] > run.samples[0][0]);
  if (runs.length === 0) return false;
  // The run with the most work is the most telling one.
  let run = runs.reduce((best, next) => (next.marked > best.marked ? next : best));
  const draw = () => drawPanels(run, byId("panels").clientWidth);
  if (runs.length > 1) {
    const choice = el("select", { id: "run" }, ...runs.map((each) => el("option", { value: each.id, selected: each === run },
      `${each.id}, ${clock(each.started)}: ${counted(each.marked, "picture", "pictures")} in ${duration(each.elapsed_s)}`)));
    choice.addEventListener("change", () => {
      run = runs.find((each) => String(each.id) === choice.value);
      draw();
    });
    byId("run-choice").append(el("label", {}, "Run ", choice));
  }
  show("time");
  whenResized(byId("panels"), draw);
  return true;
}
