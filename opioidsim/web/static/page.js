// Small parts that several pages use: elements, numbers, lists, copying, and a hint that shows where a number comes from.
export function make(tag, properties = {}, ...inside) {
  const { dataset, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, dataset);
  element.append(...inside);
  return element;
}

export const one = (selector, from = document) => from.querySelector(selector);
export const all = (selector, from = document) => [...from.querySelectorAll(selector)];

export function number(x) {
  if (x === null || x === undefined) return "–";
  if (typeof x !== "number") return String(x);
  if (Math.abs(x) < 1e-9) return "0";
  return Math.abs(x) >= 1e4 ? x.toFixed(0) : String(Number(x.toPrecision(3)));
}

export function banded(row, key) {
  const text = number(row[key]);
  const [low, high] = [row[`${key}_low`], row[`${key}_high`]];
  return low === undefined || low === high ? text : `${text} (${number(low)} to ${number(high)})`;
}

// A sentence whose numbers keep their percent sign beside them.
export const whole = (text) => text.replace(/(\d) %/g, "$1\u00a0%");

export function paragraphs(element, lines) {
  element.replaceChildren(...lines.map((line) => make("p", {}, whole(line))));
  element.hidden = !lines.length;
}

export function cautions(element, found) {
  element.replaceChildren(...found.map((c) => make("li", {}, `${c.text} `, make("span", { className: "quiet" }, `(${c.source}: ${c.where})`))));
  element.hidden = !found.length;
}

// A number with its ranges, each of which keeps together where a column is too narrow for all of them.
export const ranges = (text) => (text ? whole(text).split(/ (?=[([])/) : []).flatMap((part, i) => [i ? " " : "", make("span", { className: "range" }, part)]);

// words: which columns hold words, or how many of the first do. On a phone each row is a card, whose cells say their column.
export function table(header, rows, words = 1) {
  const worded = (i) => i === 0 || (Array.isArray(words) ? words[i] : i < words);
  const cells = (row, tag) => row.map((cell, i) => {
    const inside = cell instanceof Node ? [cell] : worded(i) || tag === "th" ? [cell] : ranges(cell);
    const own = tag === "th" ? { scope: "col" } : { dataset: i ? { label: header[i] } : {} };
    return make(tag, { className: worded(i) ? "" : "number", ...own }, ...inside);
  });
  return make("table", { className: "cards" }, make("thead", {}, make("tr", {}, ...cells(header, "th"))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row, "td")))));
}

// Buttons with data-copy="#id" copy the text of that element.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const element = one(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(element.textContent);
    tell("Copied.");
  } catch {
    element.closest("details")?.setAttribute("open", "");
    getSelection().selectAllChildren(element);
    tell("Marked: copy it with your keyboard.");
  }
});

// Says something once, also to those who do not see it.
export function tell(text) {
  const element = one("#told");
  if (element) element.textContent = text;
}

// A hint beside an element while it is pointed at or has the focus: lines(element) gives its lines, or a promise of them.
export function hints(within, selector, lines) {
  const hint = make("div", { className: "hint", id: "hint", role: "tooltip", hidden: true });
  document.body.append(hint);
  let current;
  async function show(element) {
    current = element;
    const found = await lines(element);
    if (current !== element || !found.length) return;
    hint.replaceChildren(...found.map((line) => make("div", {}, line)));
    hint.hidden = false;
    const [box, own] = [element.getBoundingClientRect(), hint.getBoundingClientRect()];
    const below = box.bottom + own.height + 12 < innerHeight;
    hint.style.left = `${Math.max(8, Math.min(box.left, innerWidth - own.width - 8))}px`;
    hint.style.top = `${Math.max(8, below ? box.bottom + 6 : box.top - own.height - 6)}px`;
    element.setAttribute("aria-describedby", "hint");
  }
  function hide() {
    current?.removeAttribute("aria-describedby");
    current = undefined;
    hint.hidden = true;
  }
  for (const kind of ["mouseover", "focusin"]) {
    within.addEventListener(kind, (event) => {
      const element = event.target.closest(selector);
      if (element && element !== current) show(element);
    });
  }
  within.addEventListener("mouseout", (event) => { if (event.target.closest(selector) && !event.target.closest(selector).contains(event.relatedTarget)) hide(); });
  within.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
}
