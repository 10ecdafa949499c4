// Requests to this machine's JSON interface. What goes wrong becomes a Wrong with a sentence and the field it is about.
export class Wrong extends Error {
  constructor({ error, where }) { super(error); this.where = where ?? ""; }

  // The sentence where it stands beside its field, whose name in a file would say no more.
  get beside() {
    const said = this.message.replace(/^[a-z_]+(\.[a-z_\d]+)*: /, "").replace(/^"[a-z_]+(\.[a-z_]+)+" is /, "it is ");
    return said[0].toUpperCase() + said.slice(1);
  }
}

async function answered(response) {
  if (response.ok) return response;
  let said;
  try { said = await response.json(); } catch { said = { error: `The server answered with ${response.status}.` }; }
  throw new Wrong(said);
}

async function send(path, options) {
  try {
    return await answered(await fetch(path, options));
  } catch (error) {
    if (error instanceof Wrong || error.name === "AbortError") throw error;
    throw new Wrong({ error: "The explorer does not answer. Is it still running in the terminal?" });
  }
}

const posted = (body) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export const get = async (path) => (await send(path)).json();
export const post = async (path, body) => (await send(path, posted(body))).json();
export const remove = async (path) => (await send(path, { method: "DELETE" })).json();

// Saves the file that a request answers with; without a body it is only asked for.
export async function save(path, body, name) {
  const content = await (await send(path, body ? posted(body) : undefined)).blob();
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A file of the reader's own as a request takes it; undefined where none was chosen.
export async function own(file) {
  return file && { name: file.name.replace(/[^A-Za-z0-9 _.-]/g, "_").replace(/^[^A-Za-z0-9]+/, ""), text: await file.text() };
}
