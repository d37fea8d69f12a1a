import { assert, assertAlmostEquals, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { readTable } from "../data/mod.ts";
import { inspectPage } from "../report/html/_testing.ts";
import { findBrowser, launchBrowser } from "../report/render.ts";
import { inferRun } from "../train/mod.ts";
import { printer, quietly, trainTiny } from "../train/_testing.ts";
import { exportFolder } from "./export.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

const HOSTILE = `<img src=x onerror="alert(1)">`;
const JOB = "nurse wanted w1 w2 w3";
const RESUMES = [`nurse w4 w5 ${HOSTILE} master's degree`, "welder w6 w7 bachelor's degree", "nurse nurse w9"];

/** One run for all tests of this file, its page in 8 bits and in float32. */
const folder = await whenPermitted(async () => {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await trainTiny(folder, { training: { epochs: 1 } });
  return folder;
});

async function exported(name: string, float32: boolean): Promise<string> {
  const { print, printed } = printer();
  const options = { run: `${folder}/run`, format: "browser" as const, output: `${folder}/${name}`, float32 };
  await quietly(() => exportFolder(options, print));
  return printed();
}

async function inferred(): Promise<number[]> {
  const [input, output] = [`${folder}/new.jsonl`, `${folder}/scored.jsonl`];
  await Deno.writeTextFile(input, RESUMES.map((resume) => JSON.stringify({ resume, job: JOB })).join("\n"));
  await quietly(() => inferRun({ run: `${folder}/run`, input, output, text: [], role: "resume", print: () => {} }));
  return (await Array.fromAsync(readTable(output))).map(({ values }) => Number(values.score));
}

const noBrowser = await whenPermitted(async () => await findBrowser() === null);

permittedTest({
  name: "export writes a page that scores as infer does, without a network, by a double click",
  ignore: noBrowser,
  // Playwright keeps a pipe open.
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    const said = [await exported("int8", false), await exported("float32", true)];
    assertStringIncludes(said[0]!, "pairs of the test split are decided otherwise");
    const own = await inferred();
    const browser = await launchBrowser();
    try {
      for (const [name, tolerance] of [["int8", 1e-2], ["float32", 1e-5]] as const) {
        const path = `${folder}/${name}/index.html`;
        const context = await browser.newContext({ offline: true, viewport: { width: 390, height: 800 } });
        const page = await context.newPage();
        const problems: string[] = [];
        page.on("pageerror", (error) => problems.push(String(error)));
        page.on("console", (message) => problems.push(message.text()));
        page.on("dialog", (dialog) => (problems.push("dialog"), dialog.dismiss()));
        page.on("request", (request) => /^(file|data|blob):/.test(request.url()) || problems.push(request.url()));
        await page.goto(`file://${path}`);
        await page.fill("#job", JOB);
        await page.fill("#resumes", RESUMES.join("\n---\n"));
        await page.click("#score:not([disabled])");
        await page.waitForSelector("#rows tr");
        const rows = await page.locator("#rows tr").all();
        const shown = await Promise.all(rows.map(async (row) => ({
          name: await row.locator("th").textContent(),
          score: Number(await row.locator("data").getAttribute("value")),
        })));
        assertEquals(shown.map(({ score }) => score), shown.map(({ score }) => score).sort((a, b) => b - a));
        for (const [i, resume] of RESUMES.entries()) {
          assertAlmostEquals(shown.find(({ name }) => name === resume)!.score, own[i]!, tolerance);
        }

        // Without "nurse" a nurse is worth less; education is marked; and what was pasted is text.
        const nurse = shown.findIndex(({ name }) => name === RESUMES[0]);
        await page.click(`#rows tr >> nth=${nurse} >> button`);
        await page.waitForSelector("#why:not([hidden])");
        const words = (await page.locator("#words tr").allInnerTexts()).map((row) => row.split("\t"));
        assertEquals(words.find(([word]) => word === "master's degree")?.[2], "degree");
        const nurses = words.find(([word]) => word === "nurse")!;
        assert(nurses[1]!.startsWith("+"), nurses.join());
        assertStringIncludes((await page.textContent("#explained"))!, HOSTILE);
        assertEquals(await page.locator("main img").count(), 0);
        assertEquals(problems, []);
        await context.close();
      }
      const { problems, violations, overflow } = await inspectPage(browser, `file://${folder}/int8/index.html`, {
        width: 390,
        colorScheme: "dark",
      });
      assertEquals([problems, violations, overflow], [[], [], 0]);
    } finally {
      await browser.close();
    }
  },
});

permittedTest("a page says which model it is, how it treats groups, and that nothing can be fetched", async () => {
  await exported("said", true);
  const page = await Deno.readTextFile(`${folder}/said/index.html`);
  const [policy] = /content="default-src[^"]*"/.exec(page)!;
  assertStringIncludes(policy, "connect-src 'none'");
  assertStringIncludes(policy, "'wasm-unsafe-eval'");
  for (const words of ["fine-tuned with LoRA", "Out of scope", "Demographic parity", "Rates by town", "Limits"]) {
    assertStringIncludes(page, words);
  }
  assert(!/\b(src|href)="https?:/.test(page));
  assertLess(page.length, 3e6);
  const card = await Deno.readTextFile(`${folder}/said/README.md`);
  assertStringIncludes(card, "Open `index.html` in a browser");
  assert(!card.includes("library_name"));
});
