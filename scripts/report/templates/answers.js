// Every text of a record goes into the page as a text node: whatever it holds, it is never markup.
const data = JSON.parse(document.getElementById("answers").textContent);
const SIZE = 20; // records of a page
const ALONE = "alone:"; // of a model in "who won"
const form = document.getElementById("filters");
const field = (name) => form.elements[name];
const element = (id) => document.getElementById(id);
let found = []; // the records that fit, in order
let page = 0;

function make(tag, attributes, ...inner) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...inner);
  return made;
}

const chip = (model) => {
  const dot = make("i");
  dot.style.background = data.colours[model];
  return make("span", { class: "chip" }, dot, data.models[model]);
};

// ---- What is chosen

const shown = () => [...form.querySelectorAll("fieldset input")]
  .flatMap((box, model) => (box.checked ? [model] : []));

// The number of the chosen metric among a benchmark's; -1 where it has none.
function metricOf(benchmark) {
  const name = field("metric").value;
  return name ? benchmark.metrics.findIndex((metric) => metric.name === name) : 0;
}

// Who is best of a record, and how far the best is from the last; null without two scores.
function judge(record, models) {
  const benchmark = data.benchmarks[record.b];
  const place = metricOf(benchmark);
  const metric = benchmark.metrics[place];
  if (!metric) return null;
  const scores = models.map((model) => record.s[model][place]);
  const known = scores.filter((score) => score !== null);
  if (!known.length) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const best = metric.better === "lower" ? low : high;
  const winners = metric.better === "neither" || known.length < 2
    ? [] : models.filter((_, at) => scores[at] === best);
  return { metric, place, best, spread: known.length > 1 ? high - low : null, winners, known };
}

function fits(record, models, word) {
  const benchmark = data.benchmarks[record.b];
  const wanted = field("benchmark").value;
  const language = field("language").value;
  if (wanted && benchmark.name !== wanted) return false;
  if (language && !benchmark.languages.includes(language)) return false;
  if (metricOf(benchmark) < 0) return false;
  if (word && !words(record).includes(word)) return false;
  const best = field("best").value;
  if (!best) return true;
  const winners = judge(record, models)?.winners ?? [];
  const all = winners.length > 1 && winners.length === judge(record, models).known.length;
  if (best === "alike") return all;
  if (best === "differ") return winners.length > 0 && !all;
  return winners.length === 1 && best === ALONE + winners[0];
}

// All that the search looks into; made when a record is first searched.
function words(record) {
  record.words ??= [
    record.id, data.instructions[record.i], record.q, ...(record.c ?? []), ...record.r,
    ...record.a.map((answer) => answer ?? ""),
  ].join("\n").toLowerCase();
  return record.words;
}

function choose() {
  const models = shown();
  const word = field("search").value.trim().toLowerCase();
  found = data.records.filter((record) => fits(record, models, word));
  const order = field("order").value;
  if (order) sort(models, order);
}

// Scales differ between benchmarks: a value counts as a share of its benchmark's largest.
function sort(models, order) {
  const largest = {};
  const valued = found.map((record) => {
    const verdict = judge(record, models);
    let value = order === "worst" ? verdict?.best ?? null : verdict?.spread ?? null;
    if (value !== null) largest[record.b] = Math.max(largest[record.b] ?? 0, Math.abs(value));
    const lower = order === "worst" && verdict?.metric.better === "lower";
    return { record, value, sign: order === "spread" || lower ? -1 : 1 };
  });
  const rank = ({ record, value, sign }) =>
    value === null ? Infinity : (sign * value) / (largest[record.b] || 1);
  found = valued.map((one) => [rank(one), one.record])
    .sort((one, other) => one[0] - other[0] || 0).map(([, record]) => record);
}

// ---- What is drawn

// A text whose matches of the search are marked.
function marked(text) {
  const word = field("search").value.trim().toLowerCase();
  const lower = text.toLowerCase();
  if (!word || lower.length !== text.length) return [text];
  const parts = [];
  let from = 0;
  for (let at; (at = lower.indexOf(word, from)) >= 0; from = at + word.length) {
    parts.push(text.slice(from, at), make("mark", {}, text.slice(at, at + word.length)));
  }
  return [...parts, text.slice(from)];
}

const textBox = (text, lang, more = "") =>
  make("p", { class: `text ${more}`, dir: "auto", lang: lang ?? "" }, ...marked(text));

function drawScores(record, model, verdict) {
  const line = make("p", { class: "scores" });
  data.benchmarks[record.b].metrics.forEach((metric, place) => {
    const score = record.s[model][place];
    const value = score === null ? "–" : score.toFixed(metric.decimals);
    const chosen = verdict && place === verdict.place;
    line.append(place ? " · " : "", `${metric.label} `, chosen ? make("b", {}, value) : value);
  });
  return line;
}

function drawAnswer(record, model, verdict) {
  const languages = data.benchmarks[record.b].languages;
  const label = make("p", { class: "label" }, chip(model));
  const winners = verdict?.winners ?? [];
  if (winners.includes(model) && winners.length < verdict.known.length) {
    label.append(make("span", { class: "won" }, winners.length > 1 ? "tied best" : "best"));
  }
  const answer = record.a[model];
  const box = make("div", {}, label, drawScores(record, model, verdict));
  if (answer === null) return box;
  if (!answer.trim()) box.append(make("p", { class: "empty" }, make("i", {}, "nothing")));
  else box.append(textBox(answer, languages.at(-1)));
  if (record.r.some((right) => right.trim() === answer.trim())) {
    label.append(make("span", { class: "won", title: "equal to a reference" }, "✓"));
  }
  return box;
}

function drawRecord(record, models) {
  const benchmark = data.benchmarks[record.b];
  const [first, last] = [benchmark.languages[0], benchmark.languages.at(-1)];
  const verdict = judge(record, models);
  const head = make("header", {}, make("h2", {}, `${benchmark.name} · `, ...marked(record.id)));
  if (verdict?.spread) {
    head.append(`difference ${verdict.spread.toFixed(verdict.metric.decimals)} ${verdict.metric.label}`);
  }
  const wording = data.instructions[record.i];
  const asked = make("div", {}, make("p", { class: "label" }, wording ? "request" : "text"));
  if (wording) asked.append(textBox(wording, "", "quiet"));
  asked.append(textBox(record.q, first));
  for (const choice of record.c ?? []) asked.append(textBox(choice, last, "quiet"));
  const texts = make("div", { class: "texts" }, asked);
  if (record.r.length) {
    const label = record.r.length > 1 ? "references" : "reference";
    texts.append(make("div", {}, make("p", { class: "label" }, label),
      ...record.r.map((text) => textBox(text, last))));
  }
  const answers = models.map((model) => drawAnswer(record, model, verdict));
  return make("article", { tabindex: "-1" }, head, texts, make("div", { class: "answers" }, ...answers));
}

function draw() {
  const models = shown();
  const pages = Math.max(1, Math.ceil(found.length / SIZE));
  page = Math.min(Math.max(0, page), pages - 1);
  const from = page * SIZE;
  const some = found.slice(from, from + SIZE);
  element("records").replaceChildren(...some.map((record) => drawRecord(record, models)));
  for (const box of document.querySelectorAll(".text")) {
    if (box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0; // scrolled by keys too
  }
  const all = data.records.length.toLocaleString("en");
  element("count").textContent = found.length
    ? `${(from + 1).toLocaleString("en")}–${(from + some.length).toLocaleString("en")} of ${found.length.toLocaleString("en")}`
    : `none of ${all} records fits`;
  element("page").max = pages;
  element("page").value = page + 1;
  element("pages").textContent = `of ${pages.toLocaleString("en")}`;
  element("previous").disabled = page === 0;
  element("next").disabled = page === pages - 1;
  element("more").hidden = page === pages - 1;
}

// ---- What is typed and clicked

function fill(name, options, kept = field(name).value) {
  const select = field(name);
  select.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
  select.value = options.some(([value]) => value === kept) ? kept : options[0][0];
}

// The choices that depend on others: languages and metrics of the benchmark, winners of the models.
function fillDependent(kept = {}) {
  const wanted = field("benchmark").value;
  const some = data.benchmarks.filter((one) => !wanted || one.name === wanted);
  const codes = [...new Set(some.flatMap((one) => one.languages))]
    .filter((code) => data.languages[code]);
  fill("language", [["", "all"], ...codes.map((code) => [code, data.languages[code]])], kept.language);
  const metrics = new Map(some.flatMap((one) => one.metrics.map((m) => [m.name, m.label])));
  fill("metric", [["", some.length > 1 ? "first of each" : some[0].metrics[0].label],
    ...[...metrics].slice(some.length > 1 ? 0 : 1)], kept.metric);
  fill("best", [["", "all records"], ["differ", "not all alike"], ["alike", "all alike"],
    ...shown().map((model) => [ALONE + model, `${data.models[model]} alone is best`])], kept.best);
}

const NAMES = ["benchmark", "language", "metric", "best", "order", "search"];

function remember() {
  const kept = new URLSearchParams();
  for (const name of NAMES) if (field(name).value) kept.set(name, field(name).value);
  if (shown().length < data.models.length) kept.set("models", shown().join(" "));
  if (page) kept.set("page", page + 1);
  history.replaceState(null, "", `#${kept}`);
}

function recall() {
  const kept = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const models = kept.models?.split(" ").map(Number);
  form.querySelectorAll("fieldset input").forEach((box, model) => {
    box.checked = !models || models.includes(model);
  });
  fill("benchmark", [["", `all ${data.benchmarks.length}`], ...data.benchmarks.map((one) => [one.name, one.name])],
    kept.benchmark ?? "");
  fillDependent({ language: kept.language ?? "", metric: kept.metric ?? "", best: kept.best ?? "" });
  field("order").value = kept.order ?? "";
  if (field("order").selectedIndex < 0) field("order").value = "";
  field("search").value = kept.search ?? "";
  page = (Number(kept.page) || 1) - 1;
  choose();
  draw();
}

function change() {
  fillDependent();
  page = 0;
  choose();
  draw();
  remember();
}

function turn(to) {
  page = to;
  draw();
  remember();
  element("bar").scrollIntoView();
}

// Goes to the next or previous record, over the page's border.
function step(by) {
  const articles = [...document.querySelectorAll("article")];
  let at = articles.indexOf(document.activeElement.closest("article")) + by;
  if (by < 0 && !document.activeElement.closest("article")) at = 0;
  const pages = Math.ceil(found.length / SIZE);
  if (at >= articles.length && page < pages - 1) {
    turn(page + 1);
    at = 0;
  } else if (at < 0 && page > 0) {
    turn(page - 1);
    at = SIZE - 1;
  }
  document.querySelectorAll("article")[Math.max(0, at)]?.focus();
}

const KEYS = {
  "/": () => field("search").focus(),
  j: () => step(1),
  k: () => step(-1),
  n: () => turn(page + 1),
  p: () => turn(page - 1),
};

data.models.forEach((_, model) => {
  const box = make("input", { type: "checkbox", name: "model", checked: "" });
  form.querySelector("fieldset").append(make("label", {}, box, chip(model)));
});
const left = data.benchmarks.reduce((sum, one) => sum + one.count, 0) - data.records.length;
element("summary").textContent = `${data.records.length.toLocaleString("en")} records of `
  + `${data.benchmarks.length} benchmarks, each answered by ${data.models.length} models.`
  + (left ? ` ${left.toLocaleString("en")} more are left out: a sample by the hash of their ids is shown.` : "");
form.addEventListener("input", change);
form.addEventListener("submit", (event) => event.preventDefault());
element("previous").addEventListener("click", () => turn(page - 1));
element("next").addEventListener("click", () => turn(page + 1));
element("more").firstChild.addEventListener("click", () => turn(page + 1));
element("page").addEventListener("change", (event) => turn((Number(event.target.value) || 1) - 1));
addEventListener("hashchange", recall);
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
recall();
