// Rows of dose sentences: completion while typing, an error under the sentence it is about.
import { get } from "/static/api.js";
import { all, make, one } from "/static/page.js";

let count = 0;

// `list`: the element that holds the rows; changed() is called after every edit.
export class Doses {
  constructor(list, label, changed) {
    Object.assign(this, { list, label, changed });
    this.suggestions = make("datalist", { id: `suggestions-${++count}` });
    list.after(this.suggestions);
    list.addEventListener("input", (event) => { this.#suggest(event.target.value); this.changed(); });
    list.addEventListener("focusin", (event) => { if (event.target.matches("input")) this.#suggest(event.target.value); });
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-remove]");
      if (!button) return;
      const rows = all("li", list);
      const next = rows[rows.indexOf(button.closest("li")) - 1] ?? rows[1];
      button.closest("li").remove();
      this.#number();
      if (next) one("input", next).focus();
      this.changed();
    });
  }

  get sentences() { return all("input", this.list).map((input) => input.value.trim()).filter(Boolean); }

  set sentences(given) {
    this.list.replaceChildren();
    for (const sentence of given) this.add(sentence);
  }

  add(sentence = "", focus = false) {
    const input = make("input", { type: "text", value: sentence, spellcheck: false, autocomplete: "off", placeholder: "naltrexone 50 mg oral" });
    input.setAttribute("list", this.suggestions.id);
    const remove = make("button", { type: "button", className: "quiet" , dataset: { remove: "" } }, "×");
    const row = make("li", {}, make("span", { className: "row" }, input, remove), make("p", { className: "wrong" }));
    this.list.append(row);
    this.#number();
    if (focus) input.focus();
    return input;
  }

  // Replaces the sentence of the dose that is the n-th of those not empty.
  replace(n, sentence) {
    const input = all("input", this.list).filter((each) => each.value.trim())[n];
    if (input) input.value = sentence;
  }

  // Shows what is wrong with the n-th sentence that is not empty; without arguments, that nothing is.
  wrong(n = -1, text = "") {
    for (const each of all("input", this.list)) {
      each.removeAttribute("aria-invalid");
      one(".wrong", each.closest("li")).textContent = "";
    }
    const input = all("input", this.list).filter((each) => each.value.trim())[n] ?? (text ? one("input", this.list) : null);
    if (!input || !text) return;
    input.setAttribute("aria-invalid", "true");
    one(".wrong", input.closest("li")).textContent = text.replace(/^dose ".*?": /, "");
  }

  #number() {
    all("li", this.list).forEach((row, i) => {
      const id = `${this.suggestions.id}-wrong-${i}`;
      one("input", row).setAttribute("aria-label", `${this.label} ${i + 1}`);
      one("input", row).setAttribute("aria-describedby", id);
      Object.assign(one(".wrong", row), { id }).setAttribute("role", "status");
      one("button", row).setAttribute("aria-label", `Remove ${this.label.toLowerCase()} ${i + 1}`);
    });
  }

  async #suggest(text) {
    try {
      const found = await get(`/api/complete?${new URLSearchParams({ text: text.slice(0, 200) })}`);
      this.suggestions.replaceChildren(...found.map((value) => make("option", { value })));
    } catch { /* no suggestion is no harm */ }
  }
}

// A sentence with another time behind "at".
export function moved(sentence, at) {
  const still = sentence.replace(/\s+at\s+[\d.eE+-]+\s*[a-z]+/, "");
  if (at.startsWith("0 ")) return still;
  return /\severy\s/.test(still) ? still.replace(/\s+every\s/, ` at ${at} every `) : `${still} at ${at}`;
}
