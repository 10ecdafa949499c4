// An event table of the reader's own, chosen or pasted: its rows become dose sentences.
import { own, post, Wrong } from "/static/api.js";
import { one } from "/static/page.js";

// `place`: a <details>. put(people): takes the doses of each ID; it may throw a Wrong, whose sentence stands beside the field.
export class EventTable {
  constructor(place, put) {
    one("button", place).addEventListener("click", async () => {
      const [field, wrong, told] = ["textarea", ".wrong", ".quiet"].map((each) => one(each, place)), file = one("input", place).files[0];
      wrong.textContent = "";
      field.ariaInvalid = null;
      try {
        const text = field.value;
        if (!file && !text.trim()) throw new Wrong({ error: "Choose a file, or paste a table with its header." });
        const { people, said } = await post("/api/doses", { own: await own(file) ?? { name: text.includes("\t") ? "pasted.tsv" : "pasted.csv", text } });
        told.textContent = [put(people), ...said].filter(Boolean).join(" ");
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        wrong.textContent = error.message;
        field.ariaInvalid = "true";
      }
    });
  }
}
