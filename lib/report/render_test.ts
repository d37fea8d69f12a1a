import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { makeFigure } from "./figures/figure.ts";
import { markStyle } from "./figures/marks.ts";
import { plotText } from "./figures/plot_text.ts";
import { findBrowser, launchBrowser, openRenderer, plotlyPath } from "./render.ts";
import { JUPYTER_DISPLAY, show } from "./show.ts";

const browser = await whenPermitted(findBrowser);
const WITH_BROWSER = { name: browser === null ? " (ignored: no Chromium found)" : "", ignore: browser === null };

const HOSTILE = `<script>alert(1)</script><a href="javascript:alert(2)">B.A.</a> & $x$ %{y} 😀 مرحبا "quoted" 'too'`;
const FIGURE = makeFigure({
  name: "hostile",
  title: HOSTILE,
  subtitle: HOSTILE,
  alt: HOSTILE,
  data: [0, 1].map((i) => ({
    type: "scatter" as const,
    mode: "lines+markers" as const,
    x: [1, 2],
    y: [i, i + 1],
    name: plotText(HOSTILE),
    line: { color: markStyle(i).color },
  })),
  layout: { xaxis: { tickvals: [1], ticktext: [plotText(HOSTILE)] }, yaxis: { title: { text: "y" } } },
});

permittedTest({
  ...WITH_BROWSER,
  name: `openRenderer() draws hostile text as text, the same each time${WITH_BROWSER.name}`,
  fn: async () => {
    await using renderer = await openRenderer();
    const svg = await renderer.svg(FIGURE);
    assertEquals(await renderer.svg(FIGURE), svg);
    assert(!/<script|<a[ >]|javascript/.test(svg.replace(/>[^<]*</g, "><")), "no element or attribute from data");
    assertStringIncludes(svg, "<title>&lt;script&gt;alert(1)&lt;/script&gt;");
    for (const text of ["😀", "مرحبا", "$x$ %{y}"]) assertStringIncludes(svg, text);
    assertStringIncludes(await renderer.svg(FIGURE, { dark: true }), "rgb(86, 180, 233)");
    await using second = await openRenderer();
    assertEquals(await second.svg(FIGURE), svg);
    const png = await renderer.png(FIGURE, { width: 360 });
    // A PNG's header: signature, then the width in pixels, twice that of the page.
    assertEquals([...png.slice(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    assertEquals(new DataView(png.buffer).getUint32(16), 720);
  },
});

permittedTest({
  ...WITH_BROWSER,
  name: `show() gives HTML that draws itself offline, light and dark${WITH_BROWSER.name}`,
  fn: async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ offline: true, colorScheme: "dark", viewport: { width: 360, height: 800 } });
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
      page.on("dialog", (dialog) => problems.push(dialog.message()));
      page.on("request", (request) => problems.push(request.url()));
      const html = show(FIGURE)[JUPYTER_DISPLAY]()["text/html"];
      const head = "<!doctype html><html lang='en'><meta name=viewport content='width=device-width'>";
      await page.setContent(`${head}<style>html { color-scheme: light dark }</style>${html}${html}`);
      assertEquals(
        await page.locator(".figure-plot p").first().textContent(),
        HOSTILE,
        "the text while there is no plot",
      );
      await page.setContent(head);
      await page.addScriptTag({ path: plotlyPath() });
      const draw = async (css: string) => {
        await page.evaluate(([css, html]) => {
          const { document } = globalThis as unknown as { document: PageDocument };
          document.body.innerHTML = `<style>${css}</style>${html}`;
        }, [css, html] as const);
        // Scripts that come by innerHTML do not run by themselves.
        await page.addScriptTag({ content: (html as string).match(/<script>([^]*)<\/script>$/)![1]! });
        return await page.locator(".figure-plot .main-svg").first().getAttribute("style");
      };
      assertStringIncludes((await draw("html { color-scheme: light dark }"))!, "rgb(21, 25, 31)");
      assertStringIncludes((await draw(""))!, "rgb(255, 255, 255)");
      assertEquals(await page.locator(".figure-plot .trace").count(), 2);
      assertEquals(await page.locator(".figure-plot p").count(), 0);
      assertEquals(problems, []);
      const wide = await page.evaluate(() =>
        (globalThis as unknown as { document: PageDocument }).document.documentElement.scrollWidth
      );
      assertEquals(wide, 360);
    } finally {
      await browser.close();
    }
  },
});

permittedTest({
  ...WITH_BROWSER,
  name: `launchBrowser() at the same time leaves the folder of temporary files as it was${WITH_BROWSER.name}`,
  fn: async () => {
    const before = Deno.env.get("TMPDIR");
    const first = launchBrowser();
    // The second begins while the first has its own folder.
    for (let tries = 0; tries < 1e4 && Deno.env.get("TMPDIR") === before; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const browsers = await Promise.all([first, launchBrowser()]);
    for (const browser of browsers) await browser.close();
    assertEquals(Deno.env.get("TMPDIR"), before);
  },
});

permittedTest("launchBrowser() says what CHROME_PATH should be", async () => {
  const before = Deno.env.get("CHROME_PATH");
  Deno.env.set("CHROME_PATH", "no/such/chrome");
  try {
    await assertRejects(() => launchBrowser(), InputError, "CHROME_PATH: expected the path of Chromium or Chrome");
  } finally {
    if (before === undefined) Deno.env.delete("CHROME_PATH");
    else Deno.env.set("CHROME_PATH", before);
  }
});

interface PageDocument {
  readonly body: { innerHTML: string };
  readonly documentElement: { readonly scrollWidth: number };
}

const SCRIPT = `
import { browserFolder } from ${JSON.stringify(import.meta.resolve("./render.ts"))};
const { path } = await browserFolder();
Deno.writeTextFileSync(path + "/profile", "x");
console.log(path);
await new Promise((resolve) => setTimeout(resolve, 60_000));
`;

permittedTest(
  "browserFolder() removes folders of processes that were killed, and none of those that live",
  () =>
    withFolder(async (folder) => {
      const start = async () => {
        const child = new Deno.Command(Deno.execPath(), {
          args: ["eval", "-q", `--config=${import.meta.dirname}/../../deno.json`, SCRIPT],
          env: { TMPDIR: folder },
          stdout: "piped",
        }).spawn();
        const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
        const path = (await reader.read()).value!.trim();
        return {
          path,
          end: async () => {
            child.kill("SIGKILL");
            await child.status;
            await reader.cancel();
          },
        };
      };
      const killed = await start();
      await killed.end();
      assert((await Deno.stat(`${killed.path}/profile`)).isFile);
      const living = await start(), third = await start();
      const there = Array.from(Deno.readDirSync(folder), ({ name }) => `${folder}/${name}`).sort();
      assertEquals(there, [living.path, third.path].sort());
      await living.end();
      await third.end();
    }),
);
