import type { Browser } from "playwright-core";

/** What a browser found on a page. */
export interface PageFindings {
  /** Console errors, exceptions, dialogs, and requests for anything but files of this machine. */
  readonly problems: string[];
  /** Violations that axe-core finds, minor ones too: rule, and the first element. */
  readonly violations: string[];
  /** How many pixels the page is wider than the window. */
  readonly overflow: number;
  /** Tables that are wider than their place. */
  readonly cut: string[];
  /** The names of all figures. */
  readonly figures: string[];
  /** The names of those without a drawn mark or without size. */
  readonly empty: string[];
}

/** How to look at a page. */
export interface PageView {
  readonly width: number;
  readonly colorScheme?: "light" | "dark";
}

/** Opens a file as a reader would who is offline, and says what is wrong with it. */
export async function inspectPage(browser: Browser, path: string, view: PageView): Promise<PageFindings> {
  const { width, colorScheme = "light" } = view;
  const context = await browser.newContext({ offline: true, colorScheme, viewport: { width, height: 900 } });
  try {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
    });
    page.on("dialog", (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!/^(file|data|blob):/.test(request.url())) problems.push(`request: ${request.url()}`);
    });
    page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}`));
    await page.goto(new URL(path, import.meta.url).href, { waitUntil: "load" });
    await page.evaluate(openAll);
    // Folded figures are drawn when they are opened.
    await page.waitForFunction(allDrawn);
    const found = await page.evaluate(measure);
    // Not a script element: the page's policy would refuse it.
    const axe = await Deno.readTextFile(new URL("axe.min.js", import.meta.resolve("axe-core")));
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: Axe };
      const { violations } = await axe.run({ resultTypes: ["violations"] });
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)} (${nodes.length} in all)`);
    });
    return { problems, violations, ...found };
  } finally {
    await context.close();
  }
}

interface Axe {
  run(options: unknown): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
}

/** Runs in the page: what is folded away is looked at as well. */
function openAll(): void {
  const { document } = globalThis as unknown as PageGlobals;
  for (const folded of document.querySelectorAll("details")) folded.open = true;
}

/** Runs in the page. */
function allDrawn(): boolean {
  const { document } = globalThis as unknown as PageGlobals;
  return [...document.querySelectorAll("[data-figure]")].every(({ dataset }) => dataset.drawn !== undefined);
}

/** Runs in the page. */
function measure(): Pick<PageFindings, "overflow" | "cut" | "figures" | "empty"> {
  const { document, innerWidth } = globalThis as unknown as PageGlobals;
  const figures = [...document.querySelectorAll("[data-figure]")];
  const wide = [...document.querySelectorAll(".scroll")].filter((own) => own.scrollWidth > own.clientWidth + 1);
  const empty = figures.filter((figure) => {
    const svg = figure.querySelector("svg.main-svg");
    const { width = 0, height = 0 } = svg?.getBoundingClientRect() ?? {};
    const mark = figure.querySelector(".trace :is(path, rect, image), .hm image, .shapelayer path");
    return width < 100 || height < 100 || mark === null;
  });
  const name = ({ dataset }: PageElement) => dataset.figure!;
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    cut: wide.map((own) => own.getAttribute("aria-label") ?? ""),
    figures: figures.map(name),
    empty: empty.map(name),
  };
}

interface PageElement {
  readonly dataset: { readonly figure?: string; readonly drawn?: string };
  readonly scrollWidth: number;
  readonly clientWidth: number;
  open: boolean;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  getBoundingClientRect(): { width: number; height: number };
}

interface PageGlobals {
  readonly document: { readonly documentElement: PageElement; querySelectorAll(selector: string): PageElement[] };
  readonly innerWidth: number;
}
