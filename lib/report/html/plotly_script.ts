import { makeFolder, writeText } from "../../files.ts";
import { plotlyPath } from "../render.ts";
import type { PageScript } from "./page.ts";

/**
 * Plotly for the pages of a folder: its code, or the one file that all of them share, written there.
 *
 * @param folder Where the pages go.
 * @param standalone Whether each page is to hold the code itself.
 * @returns What `page()` takes among its scripts.
 * @throws {InputError} When the folder cannot be written to.
 */
export async function plotlyScript(folder: string, standalone: boolean): Promise<PageScript> {
  const code = await Deno.readTextFile(plotlyPath());
  if (standalone) return { code };
  await makeFolder(`${folder}/assets`);
  await writeText(`${folder}/assets/plotly.min.js`, code);
  return { file: "assets/plotly.min.js" };
}
