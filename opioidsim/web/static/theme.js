// Light or dark: the reader's choice if one was made, else the system's. A classic script, so that no page flashes and
// exported pages have it too. Tells figures by the event "theme".
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const dark = () => (kept() ?? (system.matches ? "dark" : "light")) === "dark";

  function show() {
    root.dataset.theme = dark() ? "dark" : "light";
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.hidden = false;
      const now = dark() ? 0 : 1;  // what a press would bring
      button.textContent = button.dataset.names.split("|")[now];
      button.setAttribute("aria-label", button.dataset.says.split("|")[now]);
    }
    document.dispatchEvent(new CustomEvent("theme"));
  }

  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    show();
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-theme-switch]")) return;
      const next = dark() ? "light" : "dark";
      try { localStorage.setItem("theme", next); } catch { /* a private window forgets */ }
      root.dataset.theme = next;
      show();
    });
  });
})();
