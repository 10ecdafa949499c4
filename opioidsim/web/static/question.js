// A question: its form, its progress, its cancel button, its answer. The address holds the form.
import { get, post, remove, Wrong } from "/static/api.js";
import { draw } from "/static/chart.js";
import { all, cautions, make, one, paragraphs, table, tell } from "/static/page.js";

const form = one("#question");
const fields = all("[data-kind]", form);
let job;

const named = (name) => fields.find((each) => each.name === name);
const parts = (text, by) => text.split(by).map((each) => each.trim()).filter(Boolean);
const READ = {
  doses: (text) => parts(text, "\n"),
  texts: (text) => parts(text, ","),
  numbers: (text) => parts(text, ",").map(Number),
  number: (text) => (text.trim() ? Number(text) : NaN),
  dose: (text) => text.trim(),
  text: (text) => text.trim(),
};

function body() {
  const said = {};
  for (const field of fields) {
    const value = field.dataset.kind === "picks" ? all(":checked", field).map((each) => each.value)
      : field.type === "checkbox" ? field.checked : READ[field.dataset.kind](field.value);
    if ([value].flat().some((each) => Number.isNaN(each))) throw new Wrong({ error: field.value.trim() ? `"${field.value}" is not a number.` : "Write a number.", where: field.name });
    said[field.name] = value;
  }
  return said;
}

function mark(wrong) {
  for (const field of fields) {
    field.removeAttribute("aria-invalid");
    one(`#${field.name}-wrong`).textContent = "";
  }
  one("#wrong").textContent = "";
  if (!wrong) return;
  const field = named(wrong.where.split(".")[0]);
  if (!field) { one("#wrong").textContent = wrong.message; return; }
  field.setAttribute("aria-invalid", "true");
  one(`#${field.name}-wrong`).textContent = wrong.message;
  field.closest("details")?.setAttribute("open", "");
  field.focus();
}

function working(on) {
  one("#progress").hidden = one("#cancel").hidden = !on;
  one("button[type=submit]", form).disabled = on;
}

async function ask() {
  mark();
  history.replaceState(null, "", `#${new URLSearchParams(new FormData(form))}`);
  try {
    const asked = body();
    job = await post(`/api/${form.dataset.verb}`, asked);
    working(true);
    one("#cancel").focus();
    while (["waiting", "running"].includes(job.state)) {
      one("#bar").value = job.done;
      one("#bar-word").textContent = job.state === "waiting" ? "Waiting for other questions" : `${Math.round(100 * job.done)} % after ${Math.round(job.seconds)} s`;
      await new Promise((go) => setTimeout(go, 250));
      job = await get(`/api/jobs/${job.id}`);
    }
    if (job.state === "cancelled") { tell("Cancelled."); one("#wrong").textContent = "Cancelled."; return; }
    if (job.state === "failed") throw new Wrong(job);
    await show(await get(`/api/jobs/${job.id}/answer`));
    tell("The answer is there.");
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    mark(error);
  } finally {
    working(false);
    if (document.activeElement === document.body) one("button[type=submit]", form).focus();
  }
}

async function show(found) {
  one("#result").hidden = false;
  paragraphs(one("#answer"), found.answer);
  cautions(one("#cautions"), found.cautions);
  const places = found.figures.map(() => ({ caption: make("figcaption"), chart: make("div", { className: "chart" }) }));
  one("#figures").replaceChildren(...places.map(({ caption, chart }) => make("figure", {}, caption, chart)));
  for (const [i, spec] of found.figures.entries()) await draw(places[i].chart, spec, places[i].caption);
  const header = Object.keys(found.rows[0]);
  one("#numbers").replaceChildren(table(found.table.header, found.table.cells, found.table.words), make("p", { className: "quiet small" }, found.brackets));
  one("#command").textContent = found.command;
  one("#python").textContent = found.python;
  one("#csv").onclick = () => saveRows(header, found.rows);
}

function saveRows(header, rows) {
  const cell = (value) => (value === null ? "" : /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const text = [header, ...rows.map((row) => header.map((key) => row[key]))].map((row) => row.map(cell).join(",")).join("\n");
  const link = make("a", { href: URL.createObjectURL(new Blob([`${text}\n`], { type: "text/csv" })), download: `${form.dataset.verb}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const sliders = all("input[type=range]", form);
const tellSliders = () => { for (const slider of sliders) slider.nextElementSibling.textContent = slider.value; };
form.addEventListener("input", tellSliders);
form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
one("#cancel").addEventListener("click", () => { if (job) remove(`/api/jobs/${job.id}`); });
function fill(said) {
  for (const field of fields.filter((each) => said.has(each.name) || (said.size && each.type === "checkbox"))) {
    const values = said.getAll(field.name);
    if (field.closest("details") && values[0] !== field.value) field.closest("details").open = true;
    if (field.dataset.kind === "picks") for (const box of all("input", field)) box.checked = values.includes(box.value);
    else if (field.type === "checkbox") field.checked = values[0] === "on";
    else field.value = values[0];
  }
}
fill(new URLSearchParams(location.hash.slice(1)));
tellSliders();
