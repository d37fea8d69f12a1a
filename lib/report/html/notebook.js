// deno-lint-ignore-file no-unused-vars -- page.ts makes a script of it, which runs in browsers

/**
 * Waits until the notebook has put this output on its page, unpacks the Plotly that an output of the notebook holds if
 * the page has none yet, and says whether there is one: without it pictures stay as they are.
 */
async function notebookPlotly() {
  await new Promise((ready) =>
    document.readyState === "loading" ? addEventListener("DOMContentLoaded", ready) : ready()
  );
  await new Promise((ready) => setTimeout(ready));
  const packed = document.querySelector("script.plotly-packed");
  if (!globalThis.Plotly && packed) {
    const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const element = document.createElement("script");
    element.textContent = await new Response(unpacked).text();
    document.head.append(element);
  }
  return Boolean(globalThis.Plotly);
}
