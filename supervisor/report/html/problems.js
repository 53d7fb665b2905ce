// Inputs that failed: groups of equal problems, and a list that is filtered and searched. Only the rows that are asked
// for are made, so that a long list neither takes time nor buries what follows it. A problem is [input, kind, whether it is quarantined, message, attempts, crash, link].

const ROWS_AT_FIRST = 25;
const FEW_ROWS = 40;  // are all shown at once
const ROWS_MORE = 200;
const GROUPS_AT_FIRST = 8;

function problemRow([input, kind, quarantined, message, attempts, crash, link]) {
  const words = crash === 0 ? "" : link === 0 ? crash : el("a", { href: link }, crash);
  return row(cell("td", { class: "problem" }, el("span", { class: "path" }, input),
    el("span", { class: "message" }, message)),
    cell("td", { "data-label": "kind" }, el("span", { class: "word" }, report.kinds[kind]),
      quarantined ? el("span", { class: "word quarantine" }, "quarantined") : ""),
    cell("td", { class: "number", "data-label": "attempts" }, count(attempts)),
    cell("td", { class: "crash" }, words));
}

class ProblemList {
  constructor() {
    this.rows = byId("problem-rows");
    this.texts = report.problems.map(([input, , , message]) => `${input}\n${message}`.toLowerCase());
    this.found = [];
    this.shown = 0;
  }

  filter(kind, words) {
    const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
    this.found = report.problems.filter((problem, i) => (kind === "" || report.kinds[problem[1]] === kind)
      && wanted.every((word) => this.texts[i].includes(word)));
    this.shown = 0;
    this.rows.replaceChildren();
    this.more(this.found.length <= FEW_ROWS ? FEW_ROWS : ROWS_AT_FIRST);
  }

  more(number) {
    const next = this.found.slice(this.shown, this.shown + number);
    this.rows.append(...next.map(problemRow));
    this.shown += next.length;
    const rest = report.problems_left_out;
    byId("problem-count").textContent = (this.found.length === report.problems.length
      ? `${counted(this.found.length, "problem", "problems")}`
      : `${count(this.found.length)} of ${counted(report.problems.length, "problem", "problems")}`)
      + (this.shown < this.found.length ? `, the first ${count(this.shown)} shown` : "")
      + (rest > 0 ? `. ${count(rest)} more are not in this report: wm-supervisor report${report.shards === null ? "" : " merge"} --csv lists all` : "") + ".";
    const left = this.found.length - this.shown;
    byId("more-problems").hidden = left === 0;
    byId("more-problems").textContent = `Show ${count(Math.min(left, ROWS_MORE))} more`;
    byId("problem-table").hidden = this.found.length === 0;
  }
}

function groupTable(choose) {
  const most = Math.max(...report.groups.map((group) => group.count));
  const rows = report.groups.map((group) => {
    const button = el("button", { type: "button", class: "link", title: "Show these problems" }, group.message);
    button.addEventListener("click", () => choose(report.kinds[group.kind], group.message));
    const length = el("span", { class: "length", "aria-hidden": "true" });
    length.style.width = `${Math.max(1, 100 * group.count / most)}%`;
    return row(cell("td", { "data-label": "kind" }, el("span", { class: "word" }, report.kinds[group.kind])),
      cell("td", { class: "problem" }, button),
      cell("td", { class: "number" }, count(group.count)), cell("td", { class: "lengths" }, length));
  });
  const hidden = rows.slice(GROUPS_AT_FIRST);
  for (const each of hidden) each.hidden = true;
  const parts = [table({ class: "groups" },
    row(cell("th", { scope: "col" }, "Kind"), cell("th", { scope: "col" }, "Message"),
      cell("th", { scope: "col", class: "number" }, "Inputs"), cell("th", { scope: "col", class: "lengths" }, "")), rows)];
  if (report.ungrouped > 0) {
    parts.push(el("p", { class: "note" }, `${counted(report.ungrouped, "problem has a rarer message",
      "problems have rarer messages")}.`));
  }
  if (hidden.length > 0) {
    const button = el("button", { type: "button" }, `Show ${counted(hidden.length, "more message", "more messages")}`);
    button.addEventListener("click", () => {
      for (const each of hidden) each.hidden = false;
      button.parentNode.remove();
    });
    parts.push(el("p", { class: "more" }, button));
  }
  return parts;
}

function showProblems() {
  if (report.problems.length === 0 && report.groups.length === 0) return false;
  show("problems");
  const list = new ProblemList();
  const kind = byId("filter-kind");
  const text = byId("filter-text");
  const numbers = new Map();
  for (const [, index] of report.problems) numbers.set(index, (numbers.get(index) ?? 0) + 1);
  kind.append(el("option", { value: "" }, `all kinds (${count(report.problems.length)})`));
  for (const [index, number] of [...numbers].sort((a, b) => b[1] - a[1])) {
    kind.append(el("option", { value: report.kinds[index] }, `${report.kinds[index]} (${count(number)})`));
  }
  const refilter = () => list.filter(kind.value, text.value);
  kind.addEventListener("change", refilter);
  text.addEventListener("input", refilter);
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  byId("filter").addEventListener("reset", () => setTimeout(refilter));
  if (report.groups.length > 0) {
    byId("groups").append(...groupTable((wanted, message) => {
      kind.value = wanted;
      text.value = message.replaceAll("...", " "); // stands for names
      refilter();
      byId("filter").scrollIntoView({ block: "start" });
    }));
  }
  byId("more-problems").addEventListener("click", () => list.more(ROWS_MORE));
  refilter();
  return true;
}
