// One time cursor for all panels of a figure: pointed at, touched, or moved with arrow keys; what the curves are there, in words and in a table.
import { at } from "/static/plot.js";
import { make, number, one, table } from "/static/page.js";

// `stage` holds the chart and, below it, a slider (.moment), its words (output) and a place for the table (.moment-table).
export class Cursor {
  constructor(stage) {
    Object.assign(this, { stage, panels: [], time: undefined });
    this.chart = one(".chart", stage);
    this.slider = one(".moment", stage);
    this.line = make("div", { className: "cursor", hidden: true });
    this.line.setAttribute("aria-hidden", "true");
    this.chart.after(this.line);
    this.chart.addEventListener("pointermove", (event) => this.#pointed(event));
    this.chart.addEventListener("pointerdown", (event) => this.#pointed(event));
    this.chart.addEventListener("pointerleave", () => this.#hide());
    this.slider.addEventListener("input", () => this.show(Number(this.slider.value)));
    this.slider.addEventListener("focus", () => this.show(Number(this.slider.value)));
    this.slider.addEventListener("blur", () => this.#hide());
  }

  // The panels of a figure that has been drawn; the time stays if the axis has it.
  over(panels) {
    this.panels = panels;
    const read = panels.some(({ curves }) => curves.length);
    one(".moments", this.stage).hidden = !read;
    if (!read) return this.#hide();
    const { left, width, begin, end } = panels[0];
    const step = Number(((end - begin) / 400).toPrecision(1));
    Object.assign(this.slider, { min: Math.max(0, begin), max: end, step });
    this.slider.style.marginLeft = `${left - 8}px`;
    this.slider.style.width = `${width + 16}px`;
    if (this.time === undefined || this.time > end) this.time = Number(this.slider.value = end / 2);
    this.show(this.time, !this.line.hidden);
  }

  show(time, lined = true) {
    this.time = time;
    const { unit } = this.panels[0] ?? {};
    if (!unit) return;
    const rows = this.panels.map((panel) => panel.curves.flatMap((curve) => {
      const [y, low, high] = at(curve, time) ?? [];
      return y === undefined ? [] : [{ panel, name: curve.name, y, low, high }];
    }));
    const when = `${Number(time.toFixed(2))} ${unit}`;
    this.slider.value = time;
    const said = rows.filter((each) => each.length).map(sentence).join("; ");
    this.slider.setAttribute("aria-valuetext", `${when}: ${said}`);
    one("output", this.stage).textContent = said ? `At ${when}: ${said}.` : `At ${when}.`;
    one(".moment-table", this.stage).replaceChildren(table([`at ${when}`, "value", "range"],
      rows.flat().map((row) => [spoken(row), written(row), ranged(row)])));
    if (lined) this.#draw(rows);
  }

  #draw(rows) {
    const first = this.panels[0], share = (this.time - first.begin) / (first.end - first.begin);
    const place = (element, style) => Object.assign(element.style, Object.fromEntries(Object.entries(style).map(([key, px]) => [key, `${px}px`])));
    this.line.hidden = false;
    this.line.style.height = `${this.chart.clientHeight}px`;
    const read = this.panels.map((panel, i) => {
      const rule = make("i"), values = make("b", {}, rows[i].length ? listed(rows[i]) : "");
      place(rule, { left: panel.left + share * panel.width, top: panel.top, height: panel.height });
      place(values, { right: this.stage.clientWidth - panel.left - panel.width, top: panel.top - 20, maxWidth: panel.width });
      return { rule, values, panel };
    });
    this.line.replaceChildren(...read.flatMap(({ rule, values }) => (values.textContent ? [rule, values] : [rule])));
    const wide = read.map(({ values }) => values.offsetWidth);  // where there is no room beside the title, inside the panel
    read.forEach(({ values, panel }, i) => { if (panel.after + 4 > panel.left + panel.width - wide[i]) place(values, { top: panel.top + 1 }); });
  }

  #pointed(event) {
    const frame = this.stage.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    const panel = this.panels.find((each) => x >= each.left && x <= each.left + each.width && y >= each.top - 30 && y <= each.top + each.height + 30);
    if (!panel) return this.#hide();
    this.show(panel.begin + (x - panel.left) / panel.width * (panel.end - panel.begin));
  }

  #hide() { if (document.activeElement !== this.slider) this.line.hidden = true; }
}

const little = (x) => (x !== 0 && Math.abs(x) < 1e-4 ? "under 0.0001" : number(x));
const measured = ({ share, of }, value) => (share ? `${little(100 * value)}\u00a0%` : `${little(value)} ${of}`.trim());
const spoken = ({ panel, name }) => (panel.curves.length > 1 ? `${panel.title}, ${name}` : panel.title);
const written = ({ panel, y }) => measured(panel, y);
const ranged = ({ panel, low, high }) => (low === undefined ? "" : `${measured(panel, low)} to ${measured(panel, high)}`);
const listed = (rows) => {
  if (rows[0].panel.curves.length < 2 && !/^[A-F] /.test(rows[0].name)) return written(rows[0]);
  const { share, of } = rows[0].panel;
  return `${rows.map(({ name, y }) => `${name}${parted(rows) ? ":" : ""} ${little(share ? 100 * y : y)}`).join(" · ")}${share ? "\u00a0%" : ` ${of}`}`.trim();
};
const parted = (rows) => rows.some(({ name }) => name.includes(","));  // names that commas would not keep apart
const sentence = (rows) => `${rows[0].panel.title} ${parted(rows) ? listed(rows) : listed(rows).replaceAll(" · ", ", ")}`;
