// The shards of a job: those that have not finished, and the slowest. A shard is
// [index, state, reason, runs, seconds, inputs, done, failed].

const SHARDS_AT_FIRST = 20;

function shardRow([index, state, reason, runs, seconds, inputs, done, failed], longest) {
  const length = el("span", { class: "length time", "aria-hidden": "true" });
  length.style.width = `${seconds > 0 ? Math.max(1, 100 * seconds / longest) : 0}%`;
  return row(cell("th", { scope: "row", class: "number" }, count(index)),
    cell("td", { class: "state" }, el("span", { class: "word" }, report.shards.states[state]),
      reason === "" ? "" : el("span", { class: "message" }, reason)),
    cell("td", { class: "number", "data-label": "pictures" }, count(inputs)),
    cell("td", { class: "number", "data-label": "done" }, count(done)),
    cell("td", { class: "number", "data-label": "failed" }, count(failed)),
    cell("td", { class: "number", "data-label": "runs" }, count(runs)),
    cell("td", { class: "number", "data-label": "time" }, seconds > 0 ? duration(seconds) : ""),
    cell("td", { class: "lengths" }, length));
}

const SHARD_STATES = { finished: "done", running: "same", missing: "pending", died: "failed", stopped: "restart",
  unreadable: "restart", damaged: "quarantined", "another job": "quarantined", outdated: "unmarked" };

function showShards() {
  const shards = report.shards;
  if (shards === null) return false;
  show("shards");
  const parts = shards.states.map((name, i) => [name, shards.counts[i], SHARD_STATES[name]]).reverse();
  byId("shard-bar").append(...stackedBar("Shards", parts.filter(([name, number]) => number > 0 || name === "finished")));
  const longest = Math.max(0, ...shards.rows.map(([, , , , seconds]) => seconds));
  const rows = shards.rows.map((shard) => shardRow(shard, longest));
  const hidden = rows.slice(SHARDS_AT_FIRST);
  for (const each of hidden) each.hidden = true;
  const head = ["Shard", "State", "Pictures", "Done", "Failed", "Runs", "Time", ""];
  byId("shard-table").append(table({ class: "shards" },
    row(...head.map((name, i) => cell("th", { scope: "col", class: i === 1 ? "" : i === 7 ? "lengths" : "number" }, name))),
    rows));
  if (shards.left_out > 0) {
    byId("shard-table").append(el("p", { class: "note" },
      `${counted(shards.left_out, "shard is", "shards are")} left out: wm-supervisor report merge --json lists all.`));
  }
  if (hidden.length > 0) {
    const button = el("button", { type: "button" }, `Show ${counted(hidden.length, "more shard", "more shards")}`);
    button.addEventListener("click", () => {
      for (const each of hidden) each.hidden = false;
      button.parentNode.remove();
    });
    byId("shard-table").append(el("p", { class: "more" }, button));
  }
  return true;
}
