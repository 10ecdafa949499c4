// The story's first page in the reader's language: the one chosen here before, else the first of the browser's in which there is a
// page. Only a guess, and only there: what a reader chooses is kept. A classic script, so that it also runs from a file.
(() => {
  const links = [...document.querySelectorAll(".languages a")];
  const kept = () => { try { return localStorage.getItem("language"); } catch { return null; } };
  for (const link of links) {
    link.addEventListener("click", () => { try { localStorage.setItem("language", link.lang); } catch { /* a private window forgets */ } });
  }
  if (!document.querySelector(".languages[data-first]")) return;
  const wanted = [kept(), ...navigator.languages].filter(Boolean).map((tag) => tag.split("-")[0]);
  const there = wanted.map((code) => links.find((link) => link.lang === code)).find(Boolean);
  if (there && there.lang !== document.documentElement.lang) location.replace(there.href + location.hash);
})();
