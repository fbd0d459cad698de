// What is shown in the place of a page while the hub cannot be reached; it goes back by itself. It comes with a policy
// of its own, so that it needs no file that would have to be kept.
const OFFLINE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'";

const OFFLINE_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>The hub cannot be reached · Opsentrix</title>
<style>
  :root { color-scheme: light dark; }
  body {
    margin: 0; min-height: 100dvh; display: grid; place-content: center; padding: 1.5rem; box-sizing: border-box;
    font: 0.9375rem/1.5 "Inter Variable", ui-sans-serif, system-ui, sans-serif;
    background: light-dark(#f5f6f8, #0a0d10); color: light-dark(#12161b, #e8ecf0);
  }
  main { max-width: 26rem; }
  svg { width: 2.5rem; }
  h1 { font-size: 1.25rem; line-height: 1.75rem; margin: 1rem 0 0.5rem; }
  p { margin: 0 0 0.75rem; color: light-dark(#56606c, #98a3af); }
  button {
    min-height: 2.75rem; padding: 0 1.25rem; margin-top: 0.5rem; border: 0; border-radius: 0.375rem; font: inherit;
    font-weight: 500; background: light-dark(#2456d6, #86abff); color: light-dark(#fff, #08122b); cursor: pointer;
  }
  :focus-visible { outline: 2px solid light-dark(#2456d6, #86abff); outline-offset: 2px; }
</style>
<main>
  <svg viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="#2456d6"/>
    <path d="M5 17h5l3-8 5 15 3.5-10 1.5 3H27" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"
      stroke-linejoin="round"/>
  </svg>
  <h1>The hub cannot be reached</h1>
  <p>Either this device has no network, or the hub is away. Agents go on sampling, and what they sample comes later.</p>
  <p role="status">This page tries again every five seconds.</p>
  <button type="button">Try now</button>
</main>
<script>
  try {
    const choice = localStorage.getItem("opsentrix.theme");
    if (choice !== null) document.documentElement.style.colorScheme = choice;
  } catch {
    // Storage may be forbidden: the system's theme is then the right one.
  }
  const look = () => fetch("/health", { cache: "no-store" }).then(() => location.reload(), () => {});
  document.querySelector("button").addEventListener("click", () => location.reload());
  setInterval(look, 5000);
  addEventListener("online", look);
</script>
</html>`;

/** The answer to a page that could not be fetched. */
self.offlineAnswer = () =>
  new Response(OFFLINE_PAGE, {
    status: 503,
    headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": OFFLINE_POLICY },
  });
