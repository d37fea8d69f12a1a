import { escape } from "@std/html";
import { dirname } from "@std/path";
import process from "node:process";
import type { Browser, Page } from "playwright-core";
import { InputError } from "../errors.ts";
import { lockOutput } from "../lock.ts";
import { type Figure, titled } from "./figures/figure.ts";
import { inDark } from "./figures/palette.ts";

/** How to render a figure. */
export interface RenderOptions {
  /** Pixels; 720 if absent. */
  readonly width?: number | undefined;
  /** Colours for dark pages; light if absent. */
  readonly dark?: boolean | undefined;
  /** Pixels of a PNG per pixel of the page; 2, sharp in print, if absent. */
  readonly scale?: number | undefined;
}

/** Draws figures as pictures, in one headless browser for all of them. */
export interface Renderer extends AsyncDisposable {
  /**
   * An SVG that carries the figure's title and text alternative. Equal figures give equal text on one machine; another
   * machine's fonts place labels elsewhere.
   */
  svg(figure: Figure, options?: RenderOptions): Promise<string>;
  /** A PNG. */
  png(figure: Figure, options?: RenderOptions): Promise<Uint8Array<ArrayBuffer>>;
}

// Where Linux, macOS and Windows keep Chromium and Chrome.
const BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/** What a browser may want to know of its surroundings. */
const BROWSER_VARIABLES = [
  ...["HOME", "PATH", "LANG", "DISPLAY", "XDG_RUNTIME_DIR", "TMPDIR", "TMP", "TEMP", "FONTCONFIG_FILE"],
  ...["SystemRoot", "USERPROFILE", "LOCALAPPDATA", "PROGRAMFILES"],
];

/**
 * Finds a Chromium or Chrome: the one that `CHROME_PATH` names, else where systems keep it.
 *
 * @throws {InputError} If `CHROME_PATH` names a file that is not there.
 */
export async function findBrowser(): Promise<string | null> {
  const given = Deno.env.get("CHROME_PATH");
  if (given) {
    if (await isFile(given)) return permittedBrowser(given);
    throw new InputError(`CHROME_PATH: expected the path of Chromium or Chrome, found no file at ${given}`);
  }
  for (const path of BROWSERS) if (await isFile(path)) return path;
  return null;
}

function permittedBrowser(path: string): string {
  if (Deno.permissions.querySync({ name: "run", command: path }).state === "granted") return path;
  throw new InputError(
    `CHROME_PATH: expected a browser that this task may run, found ${path}: add it to "run" of the task's permissions ` +
      "in deno.json",
  );
}

/**
 * Starts a headless Chromium.
 *
 * @throws {InputError} If no Chromium is found; the message says how to get one.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await findBrowser();
  if (executablePath === null) {
    throw new InputError(
      "Expected Chromium or Chrome to draw figures with, found none: install it (Debian, Ubuntu: apt-get install " +
        "chromium; macOS: brew install --cask chromium) or set CHROME_PATH to its path",
    );
  }
  // On loading, playwright-core asks /proc whether this is WSL, which Deno allows to nobody but `--allow-all`; this
  // variable of its package is-wsl puts the question off until a page is opened in the user's own browser, which never
  // happens here.
  if (Deno.permissions.querySync({ name: "env" }).state === "granted") Deno.env.set("__IS_WSL_TEST__", "1");
  else process.env = { ...namedVariables(), __IS_WSL_TEST__: "1" };
  const launch = launching.then(() => launchAt(executablePath));
  launching = launch.catch(() => {});
  return await launch;
}

/** One launch after the other: TMPDIR is the whole process's. */
let launching: Promise<unknown> = Promise.resolve();

async function launchAt(executablePath: string): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  // Chromium refuses its sandbox to root, as containers and CI run it; the pages it gets are ours and offline.
  const args = Deno.uid() === 0 ? ["--no-sandbox"] : [];
  const folder = await browserFolder();
  const before = Deno.env.get("TMPDIR");
  try {
    // Playwright makes its folders where the system's are, and leaves them when it is killed.
    Deno.env.set("TMPDIR", folder.path);
    // Ctrl-C is answered by whoever runs this: it must not end a notebook's kernel.
    const browser = await chromium.launch({
      executablePath,
      args: [...args, "--font-render-hinting=none"],
      handleSIGINT: false,
      env: { ...process.env, TMPDIR: folder.path },
    });
    const close = browser.close.bind(browser);
    browser.close = async (options) => {
      await close(options);
      await folder[Symbol.asyncDispose]();
    };
    return browser;
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  } finally {
    if (before === undefined) Deno.env.delete("TMPDIR");
    else Deno.env.set("TMPDIR", before);
  }
}

/** The variables that this process may read: Playwright asks for all there are. */
function namedVariables(): Record<string, string> {
  return Object.fromEntries(BROWSER_VARIABLES.flatMap((name) => {
    const value = Deno.permissions.querySync({ name: "env", variable: name }).state === "granted"
      ? Deno.env.get(name)
      : undefined;
    return value === undefined ? [] : [[name, value]];
  }));
}

/** The script of Plotly's npm package. */
export function plotlyPath(): string {
  const url = new URL("plotly.min.js", import.meta.resolve("plotly.js-dist-min"));
  return decodeURIComponent(url.pathname.replace(/^\/([A-Za-z]:)/, "$1"));
}

/**
 * Starts what draws figures as pictures, without network.
 *
 * @throws {InputError} If no Chromium is found.
 */
export async function openRenderer(): Promise<Renderer> {
  const browser = await launchBrowser();
  const page = await browser.newPage({ offline: true });
  await page.addScriptTag({ path: plotlyPath() });
  return {
    svg: async (figure, options) => tidySvg(await draw(page, figure, "svg", options), figure),
    png: async (figure, options) => Uint8Array.fromBase64(await draw(page, figure, "png", options)),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

async function draw(page: Page, figure: Figure, format: "svg" | "png", options: RenderOptions = {}): Promise<string> {
  const { width = 720, dark = false, scale = 2 } = options;
  const { data, layout } = titled(figure, width);
  // Plotly writes the uid of a trace into its class names, and takes a random one where none is given.
  const spec = { data: data.map((trace, i) => ({ ...trace, uid: `${i}` })), layout: { ...layout, width } };
  const url = await page.evaluate(
    // Runs in the page, where `Plotly` is.
    ([spec, options]) =>
      (globalThis as unknown as { Plotly: { toImage(spec: unknown, options: unknown): Promise<string> } }).Plotly
        .toImage(spec, options),
    [dark ? inDark(spec) : spec, {
      format,
      width,
      height: layout.height,
      scale: format === "png" ? scale : 1,
    }] as const,
  );
  const body = url.slice(url.indexOf(",") + 1);
  return format === "svg" ? decodeURIComponent(body) : body;
}

/**
 * Plotly ends the ids of clip paths and gradients with six random letters: they give way to the figure's name, which
 * also keeps two figures on one page apart. The figure's texts become the SVG's, for screen readers.
 */
function tidySvg(svg: string, { name, title, alt }: Figure): string {
  const [, uid] = svg.match(/ id="topdefs-([0-9a-f]{6})"/)!;
  const named = svg.replace(new RegExp(`(id="|#)([a-z-]*)${uid}`, "g"), `$1${name}-$2-`);
  // The order of some attributes depends on what was drawn before.
  const sorted = named.replace(/<[\w:]+((?: [\w:-]+="[^"]*")+)/g, (tag, attributes: string) => {
    const parts = attributes.match(/ [\w:-]+="[^"]*"/g)!;
    return tag.slice(0, -attributes.length) + parts.sort().join("");
  });
  const labels = `<title>${escape(title)}</title><desc>${escape(alt)}</desc>`;
  return sorted.replace(/^(<svg\b[^>]*)>/, (_, start) => `${start} role="img">${labels}`) + "\n";
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/**
 * A PNG with at most 256 colours, packed as well as can be. Figures have few colours, and browsers pack for speed:
 * about a quarter of the bytes are left.
 */
export async function smallPng(png: Uint8Array): Promise<Uint8Array> {
  // Native, and only needed where pictures are made: commands that make none have no permission to load it.
  const { default: sharp } = await import("sharp");
  return await sharp(png).png({ palette: true, effort: 10, compressionLevel: 9 }).toBuffer();
}

const PREFIX = "fair-embeddings-browser-";

/** Makes such a folder, and removes those of processes that were killed. */
export async function browserFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: PREFIX });
  const lock = await lockOutput(path);
  for await (const { name, isDirectory } of Deno.readDir(dirname(path))) {
    if (isDirectory && name.startsWith(PREFIX)) await sweep(`${dirname(path)}/${name}`);
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      await lock[Symbol.asyncDispose]();
      await Deno.remove(path, { recursive: true }).catch(() => {}); // swept at the next start
    },
  };
}

/** The system ends a lock with its process. */
async function sweep(folder: string): Promise<void> {
  try {
    using lock = await Deno.open(`${folder}/.lock`, { read: true, write: true });
    if (await lock.tryLock(true)) await Deno.remove(folder, { recursive: true });
  } catch {
    // It has only begun, or is somebody else's.
  }
}
