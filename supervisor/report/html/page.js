// The head of the page, the paths of JPEG files, the runs; then everything is put together.

function showHead() {
  const { ledger, runs } = report;
  if (report.output !== "") byId("where").append("Marked pictures are in ", el("span", { class: "path" }, report.output), ".");
  if (report.since !== null) byId("where").append(` Only inputs and runs from run ${count(report.since)} on are counted.`);
  const parts = [["marked", ledger.marked, "done"], ["up to date", ledger.up_to_date, "same"],
    ["unmarked", ledger.unmarked, "unmarked"], ["failed", ledger.failed, "failed"],
    ["quarantined", ledger.quarantined, "quarantined"], ["to do", ledger.pending, "pending"]];
  const needed = ["marked", "failed"];
  if (ledger.inputs > 0) {
    byId("ledger").append(...stackedBar("Pictures", parts.filter(([name, number]) => number > 0 || needed.includes(name))));
  }
  const sum = (key) => runs.reduce((all, run) => all + run[key], 0);
  const seconds = sum("elapsed_s");
  const done = sum("marked") + sum("unmarked");
  const whole = report.times.find((histogram) => histogram.id === "picture");
  const ofShards = report.shards === null ? [] : [
    ["Time", duration(report.shards.seconds), "of all shards together"],
    ["Speed", report.shards.seconds > 0 ? short((ledger.marked + ledger.unmarked) / report.shards.seconds) : "0",
      "pictures/s of a shard"],
  ];
  const ofRuns = report.shards !== null ? [] : [
    ["Time", duration(seconds), (report.runs_left_out > 0 ? "in the last " : "in ") + counted(runs.length, "run", "runs")],
    ["Speed", seconds > 0 ? short(done / seconds) : "0", "pictures per second"],
  ];
  const ofWorkers = report.shards !== null ? [] : [
    ["Restarts", count(sum("restarts")), "of workers"],
    ["Crashes", count(sum("crashes")), "with a report"],
    ["Retries", count(sum("retries")), "further attempts"],
  ];
  const facts = [
    ...ofShards,
    ...ofRuns,
    ["Per picture", whole.count > 0 ? briefly(whole.p50) : "", "median, all stages"],
    ["Read", bytes(report.input_bytes), ""],
    ["Written", bytes(report.output_bytes), ""],
    ...ofWorkers,
  ];
  for (const [name, value, unit] of facts) {
    if (value === "") continue;
    byId("facts").append(el("div", {}, el("dt", {}, name), el("dd", {}, el("span", { class: "figure" }, value),
      unit === "" ? "" : el("span", { class: "unit" }, unit))));
  }
}

function showSteps() {
  if (report.steps.length === 0) return;
  show("steps");
  byId("steps").append(el("ul", {}, ...report.steps.map(([why, command]) =>
    el("li", {}, why, command === "" ? "" : el("code", {}, command)))));
}

const PATHS = {
  splice: ["spliced", "done", "only the blocks under a mark were coded anew"],
  coefficients: ["by coefficients", "same", "the scans were coded anew; no pixel changed away from a mark"],
  pixels: ["through pixels", "restart", "decoded and encoded again"],
};

function showPaths() {
  const all = report.routes.reduce((sum, [, number]) => sum + number, 0);
  if (all === 0) return false;
  show("paths");
  byId("path-bar").append(...stackedBar("JPEG files", report.routes.map(([name, number]) =>
    [PATHS[name]?.[0] ?? name, number, PATHS[name]?.[1] ?? "unmarked", PATHS[name]?.[2]])));
  if (report.reasons.length > 0) {
    byId("path-reasons").append(table({ class: "reasons" },
      row(cell("th", { scope: "col" }, "Why files went through pixels"), cell("th", { scope: "col", class: "number" }, "Files")),
      report.reasons.map(([reason, number]) => row(cell("td", {}, reason), cell("td", { class: "number" }, count(number))))));
  }
  if (report.reasons_left_out > 0) {
    byId("path-reasons").append(el("p", { class: "note" },
      `${counted(report.reasons_left_out, "rarer reason is", "rarer reasons are")} left out.`));
  }
  return true;
}

function endOf(run) {
  if (!run.ended) return report.running && run === report.runs[0] ? "running" : "died";
  const words = run.reason === "" ? "finished" : run.reason;
  return run.exit_code === null ? words : `${words} (exit code ${run.exit_code})`;
}

function showRuns() {
  if (report.runs.length === 0) return false;
  show("runs");
  const head = ["Run", "Started (UTC)", "Time", "End", "Marked", "Failed", "Pictures/s", "Workers", "Restarts", "Crashes"];
  const texts = new Set([1, 3]);
  byId("run-table").append(table({ class: "runs" },
    row(...head.map((name, i) => cell("th", { scope: "col", class: texts.has(i) ? "" : "number" }, name))),
    report.runs.map((run) => row(...[count(run.id), clock(run.started), duration(run.elapsed_s), endOf(run), count(run.marked),
      count(run.failed + run.quarantined), run.elapsed_s > 0 ? short((run.marked + run.unmarked) / run.elapsed_s) : "0",
      count(run.workers), count(run.restarts), count(run.crashes)].map((value, i) =>
      (i === 0 ? cell("th", { scope: "row", class: "number" }, value)
        : cell("td", { class: texts.has(i) ? (i === 3 ? "end" : "time") : "number" }, value)))))));
  if (report.runs_left_out > 0) {
    byId("run-details").append(el("p", { class: "note" }, `${counted(report.runs_left_out, "older run is", "older runs are")} left out.`));
  }
  for (const run of report.runs) {
    if (run.command === "" && run.recipe === "") continue;
    byId("run-details").append(el("details", {}, el("summary", {}, `Command and recipe of run ${count(run.id)}`),
      el("pre", {}, run.command), run.recipe === "" ? "" : el("pre", {}, run.recipe)));
  }
  return true;
}

function showContents(entries) {
  byId("contents").append(el("ul", {}, ...entries.map(([id, title]) => el("li", {}, el("a", { href: `#${id}` }, title)))));
}

showHead();
showSteps();
showContents([
  [showShards(), "shards", "Shards"],
  [showTime(), "time", "Over time"],
  [showProblems(), "problems", "Problems"],
  [showPictures(), "pictures", "Before and after"],
  [showStages(), "stages", "Time per picture"],
  [showSizes(), "sizes", "File sizes"],
  [showPaths(), "paths", "JPEG files"],
  [showRuns(), "runs", "Runs"],
].filter(([shown]) => shown).map(([, id, title]) => [id, title]));
byId("footer").append(`Made by wm-supervisor ${report.version}, ${clock(report.made)} UTC, from `,
  el("span", { class: "path" }, report.directory), ". This page needs no network; it contains names and small pictures of the job's files.");
// For tests: the plots are drawn after the next layout.
requestAnimationFrame(() => setTimeout(() => {
  document.documentElement.dataset.ready = "yes";
}));
