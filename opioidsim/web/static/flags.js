// Doses as flags on the axis of time: dragged with mouse or finger, moved with arrow keys. The sentence of a dose says the same.
import { make } from "/static/page.js";

const LANE = 26;  // pixels from one row of flags to the next

// `strip`: the element under the axis. moved(n, "3.5 d") is called for the n-th dose wherever it goes.
export class Flags {
  constructor(strip, stage, moved) {
    Object.assign(this, { strip, moved, flags: [] });
    this.stems = make("div", { className: "stems" });
    this.stems.setAttribute("aria-hidden", "true");
    stage.append(this.stems);
  }

  // doses: of /api/parse, `at` in hours. axis: the lowest panel of the figure. A flag that is being moved stays where it is.
  show(doses, axis, top) {
    Object.assign(this, { axis, top });
    const names = doses.map((dose) => dose.sentence.replace(/ (at|every|over) .*/, ""));
    if (names.join("\n") !== this.names) {
      this.names = names.join("\n");
      this.flags = names.map((name, n) => this.#flag(name, n));
      this.strip.replaceChildren(...this.flags);
    }
    doses.forEach((dose, n) => { if (!this.flags[n].dataset.held) this.#put(n, dose.at / axis.size); this.flags[n].dose = dose; });
    this.#lanes();
  }

  #flag(name, n) {
    const flag = make("button", { type: "button", className: "flag" }, name);
    flag.setAttribute("role", "slider");
    flag.setAttribute("aria-label", `Time of ${name}`);
    flag.addEventListener("keydown", (event) => this.#key(event, n));
    flag.addEventListener("blur", () => { delete flag.dataset.held; });
    flag.addEventListener("pointerdown", (event) => {
      flag.setPointerCapture(event.pointerId);
      flag.focus();
      const grip = event.clientX - this.#pixel(n);
      const drag = (e) => this.#go(n, this.#time(e.clientX - grip));
      flag.addEventListener("pointermove", drag);
      flag.addEventListener("lostpointercapture", () => { flag.removeEventListener("pointermove", drag); delete flag.dataset.held; }, { once: true });
    });
    return flag;
  }

  get #step() {
    const span = this.axis.end - this.axis.begin;
    return span / 400 > 0.5 ? 0.5 : span / 400 > 0.1 ? 0.25 : span / 400 > 0.02 ? 0.05 : 0.01;
  }

  #pixel(n) { return this.strip.getBoundingClientRect().left + parseFloat(this.flags[n].style.left); }

  #time(clientX) {
    const { left, width, begin, end } = this.axis;
    return begin + (clientX - this.strip.getBoundingClientRect().left - left) / width * (end - begin);
  }

  #key(event, n) {
    const now = Number(this.flags[n].getAttribute("aria-valuenow")), step = this.#step, { begin, end } = this.axis;
    const to = { ArrowRight: now + step, ArrowUp: now + step, ArrowLeft: now - step, ArrowDown: now - step, PageUp: now + 10 * step, PageDown: now - 10 * step, Home: begin, End: end }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#go(n, to);
  }

  #go(n, time) {
    const { begin, end, unit } = this.axis, step = this.#step;
    const to = Number((Math.round(Math.min(Math.max(time, Math.max(0, begin)), end) / step) * step).toFixed(2));
    if (to === Number(this.flags[n].getAttribute("aria-valuenow"))) return;
    this.flags[n].dataset.held = "yes";
    this.#put(n, to);
    this.#lanes();
    this.moved(n, `${to} ${unit}`);
  }

  #put(n, time) {
    const { left, width, begin, end, unit } = this.axis, flag = this.flags[n];
    flag.style.left = `${left + (time - begin) / (end - begin) * width}px`;
    for (const [key, value] of Object.entries({ valuemin: Math.max(0, begin), valuemax: end, valuenow: Number(time.toFixed(2)), valuetext: `${Number(time.toFixed(2))} ${unit}` })) flag.setAttribute(`aria-${key}`, value);
  }

  // Flags that would cover each other go into further rows; a stem through the panels shows the moment of each.
  #lanes() {
    const ends = [], room = this.strip.clientWidth;
    const sorted = this.flags.map((flag, n) => [parseFloat(flag.style.left), n]).sort((a, b) => a[0] - b[0]);
    for (const [left, n] of sorted) {
      const flag = this.flags[n], wide = flag.offsetWidth, turned = left + wide > room;
      const from = turned ? left - wide : left;
      let lane = ends.findIndex((end) => end + 4 < from);
      if (lane < 0) lane = ends.length;
      ends[lane] = from + wide;
      flag.style.top = `${lane * LANE}px`;
      flag.classList.toggle("turned", turned);
    }
    this.strip.style.height = `${Math.max(1, ends.length) * LANE + 4}px`;
    const { top, axis: { top: low, height } } = this;
    this.stems.style.height = `${this.strip.offsetTop}px`;
    this.stems.replaceChildren(...this.flags.map((flag) => {
      const stem = make("i");
      Object.assign(stem.style, { left: flag.style.left, top: `${top}px`, height: `${low + height - top}px` });
      return stem;
    }));
  }
}
