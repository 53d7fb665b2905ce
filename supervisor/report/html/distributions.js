// Tables with one distribution in each row, over a common logarithmic axis. A histogram has
// bins [from, below, number].

const ROW_HEIGHT = 40;

// The histograms' range: what 99.9 % of each lie in, so that one straggler does not squeeze the rest.
function commonRange(histograms) {
  let low = Infinity;
  let high = 0;
  for (const { bins, count: all } of histograms) {
    let seen = 0;
    for (const [from, below, number] of bins) {
      if (seen + number > all * 0.0005 && from > 0) low = Math.min(low, from);
      if (seen < all * 0.9995) high = Math.max(high, below);
      seen += number;
    }
  }
  if (!Number.isFinite(low)) low = 1; // all are 0
  return [low, Math.max(high, low * 4)];
}

// Heights of columns of equal width on the logarithmic axis. What is out of range is in the outermost ones.
function columnsOf(bins, low, high, columns) {
  const heights = new Array(columns).fill(0);
  const place = (value) => Math.log(Math.max(value, low) / low) / Math.log(high / low) * columns;
  for (const [from, below, number] of bins) {
    const start = Math.min(place(from), columns - 1e-6);
    const end = Math.max(Math.min(place(below), columns), start + 1e-6);
    for (let i = Math.floor(start); i < end; i += 1) {
      heights[Math.min(i, columns - 1)] += number * (Math.min(end, i + 1) - Math.max(start, i)) / (end - start);
    }
  }
  return heights;
}

function distributionSvg(histogram, range, width, text) {
  const [low, high] = range;
  const columns = Math.max(12, Math.min(96, Math.floor(width / 6)));
  const heights = columnsOf(histogram.bins, low, high, columns);
  const highest = Math.max(...heights);
  const step = width / columns;
  const base = ROW_HEIGHT - 1;
  const x = (value) => Math.log(Math.min(Math.max(value, low), high) / low) / Math.log(high / low) * width;
  const id = `distribution-${histogram.id}`;
  const picture = svg("svg", { viewBox: `0 0 ${width} ${ROW_HEIGHT}`, class: `distribution ${histogram.colour ?? "done"}`,
    role: "img", "aria-labelledby": `${id}-title ${id}-desc`, "data-plot": histogram.id, "data-points": histogram.bins.length });
  picture.append(svg("title", { id: `${id}-title` }, `Distribution of ${histogram.name}`),
    svg("desc", { id: `${id}-desc` }, `${count(histogram.count)} values, half of them up to ${text(histogram.p50)}, `
      + `99 % up to ${text(histogram.p99)}.`));
  heights.forEach((height, i) => {
    if (height === 0) return;
    const tall = Math.max(1, height / highest * (base - 4));
    picture.append(svg("rect", { class: "mark", x: (i * step).toFixed(1), width: Math.max(1, step - 1).toFixed(1),
      y: (base - tall).toFixed(1), height: tall.toFixed(1) }));
  });
  picture.append(svg("line", { class: "base", x1: 0, x2: width, y1: base, y2: base }),
    svg("line", { class: "median", x1: x(histogram.p50), x2: x(histogram.p50), y1: 0, y2: base }));
  return picture;
}

function axisSvg(range, width, ticksOf) {
  const [low, high] = range;
  const picture = svg("svg", { viewBox: `0 0 ${width} 20`, class: "axis", "aria-hidden": "true" });
  for (const [value, label] of ticksOf(low, high, Math.max(2, Math.floor(width / 80)))) {
    const at = Math.log(value / low) / Math.log(high / low) * width;
    const anchor = at < 16 ? "start" : at > width - 24 ? "end" : "middle";
    picture.append(svg("line", { class: "base", x1: at, x2: at, y1: 0, y2: 4 }),
      svg("text", { class: "tick", x: at, y: 16, "text-anchor": anchor }, label));
  }
  return picture;
}

// `columns`: [heading, function of the histogram that returns text, whether it is left out on narrow screens]
function distributionTable(holder, histograms, columns, text, ticksOf) {
  const range = commonRange(histograms);
  const places = histograms.map(() => cell("td", { class: "drawing" }));
  const axis = cell("td", { class: "drawing" });
  const spread = (wide) => (wide ? "number wide" : "number");
  holder.append(table({ class: "distributions" },
    row(cell("th", { scope: "col" }, ""), cell("th", { scope: "col", class: "drawing" }, "Distribution, with its median"),
      ...columns.map(([heading, , wide]) => cell("th", { scope: "col", class: spread(wide) }, heading))),
    histograms.map((histogram, i) => row(cell("th", { scope: "row" }, histogram.name), places[i],
      ...columns.map(([heading, value, wide]) => cell("td", { class: spread(wide), "data-label": heading }, value(histogram))))),
    row(cell("td", {}), axis, ...columns.map(([, , wide]) => cell("td", { class: spread(wide) })))));
  whenResized(places[0], () => {
    const style = getComputedStyle(places[0]);
    const width = Math.floor(places[0].clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
    histograms.forEach((histogram, i) => places[i].replaceChildren(distributionSvg(histogram, range, width, text)));
    axis.replaceChildren(axisSvg(range, width, ticksOf));
  });
}

function showStages() {
  const histograms = report.times.filter((histogram) => histogram.count > 0);
  if (histograms.length === 0) return false;
  show("stages");
  distributionTable(byId("stage-table"), histograms, [
    ["Pictures", (h) => count(h.count), true],
    ["Median", (h) => briefly(h.p50)],
    ["95" + NO_BREAK + "%", (h) => briefly(h.p95)],
    ["99" + NO_BREAK + "%", (h) => briefly(h.p99)],
    ["Together", (h) => duration(h.total), true],
  ], briefly, (low, high, most) => decadeTicks(low, high, most, briefly));
  return true;
}

function showSizes() {
  const histograms = report.sizes.filter((histogram) => histogram.count > 0);
  if (histograms.length === 0) return false;
  show("sizes");
  const { input_bytes: before, output_bytes: after } = report;
  if (before > 0) {
    const change = 100 * (after - before) / before;
    const words = Math.abs(change) < 0.05 ? "as much as the inputs"
      : `${short(Math.abs(change))}${NO_BREAK}% ${change > 0 ? "more" : "less"} than the inputs`;
    byId("size-sentence").textContent = `The outputs take ${bytes(after)}, ${words} (${bytes(before)}).`;
  }
  distributionTable(byId("size-table"), histograms, [
    ["Files", (h) => count(h.count), true],
    ["Median", (h) => bytes(h.p50)],
    ["95" + NO_BREAK + "%", (h) => bytes(h.p95)],
    ["99" + NO_BREAK + "%", (h) => bytes(h.p99)],
    ["Together", (h) => bytes(h.total), true],
  ], bytes, binaryTicks);
  return true;
}
