// Runs before the first paint, so that the page never flashes in the wrong theme. Kept outside the bundle because a
// module script is deferred, and outside the page because the content security policy allows no inline script.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("opsentrix.theme");
  } catch {
    // Storage may be forbidden; the system's theme is then the right one.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  // What the browser paints around the page has the colour of its header.
  document.querySelector("meta[name=theme-color]").content = dark ? "#11151a" : "#ffffff";
})();
