/** Tables on the Hugging Face hub, named as huggingface_hub, pandas and DuckDB name them: `hf://datasets/…`. */
import { InputError, nearName } from "../errors.ts";
import { exists } from "../files.ts";
import { type Progress, showProgress } from "../progress.ts";
import { downloadSnapshot } from "./snapshot.ts";
import { type HubOptions, hubOptions } from "./transfer.ts";

const PREFIX = "hf://";

/** Whether a path names a file on the hub. */
export function isOnHub(path: string): boolean {
  return path.startsWith(PREFIX);
}

/** What each path has been found to be, so that all readings of a table within a process are of the same bytes. */
const found = new Map<string, Promise<string>>();

/**
 * Where a table lies on this machine: one on the hub, `hf://datasets/<owner>/<name>[@<revision>]/<file>`, is downloaded
 * unless it is on the disk already; any other path stays as it is.
 * @throws {InputError} If there is no such data set, revision or file, or the hub cannot be reached.
 */
export async function localPath(path: string, options?: HubOptions): Promise<string> {
  if (!isOnHub(path)) return path;
  if (options) return await downloadFileOf(path, options);
  let local = found.get(path);
  if (local === undefined) found.set(path, local = downloadFileOf(path, shownOptions()));
  try {
    return await local;
  } catch (error) {
    found.delete(path);
    throw error;
  }
}

async function downloadFileOf(path: string, options: HubOptions): Promise<string> {
  const { name, revision, file } = parsed(path);
  const { dir } = await downloadSnapshot({
    kind: "dataset",
    name,
    revision,
    wanted: (files) => {
      if (files.includes(file)) return [file];
      const near = nearName(file, files);
      const some = files.filter((other) => /\.(csv|tsv|jsonl?|ndjson|parquet)(\.gz)?$/.test(other)).slice(0, 8);
      throw new InputError(
        `${path}: ${name} has no file ${file}` + (near ? `, did you mean ${near}` : "") +
          (some.length > 0 ? `; its tables are ${some.join(", ")}` : ""),
      );
    },
    isComplete: (dir) => exists(`${dir}/${file}`),
    instead: "a file of this machine",
  }, options);
  return `${dir}/${file}`;
}

function parsed(path: string): { name: string; revision: string; file: string } {
  const match = /^hf:\/\/datasets\/([^/@]+\/[^/@]+)(?:@(refs\/convert\/\w+|refs\/pr\/\d+|[^/]+))?\/(.+)$/.exec(path);
  const [, name = "", given = "main", file = ""] = match ?? [];
  const odd = file.split("/").some((part) => part === "" || part === "." || part === "..") || /[\\\0:*?]/.test(file);
  if (match === null || odd) {
    throw new InputError(`${path}: expected hf://datasets/<owner>/<name>/<file> or …/<name>@<revision>/<file>`);
  }
  // DuckDB's short form of the branch on which the hub keeps every data set as Parquet.
  return { name, revision: given === "~parquet" ? "refs/convert/parquet" : given.replace(/%2f/gi, "/"), file };
}

/** The environment's options, with what is downloaded shown on the terminal. */
export function shownOptions(): HubOptions {
  let shown: { file: string; display: Progress } | null = null;
  return hubOptions(undefined, {
    onWait: (reason) => console.error(reason),
    onProgress(file, received, total) {
      if (shown?.file !== file) {
        shown?.display.stop(); // of a file that did not arrive
        shown = { file, display: showProgress(`downloading ${file}`, total, { unit: "B", start: received }) };
      }
      shown.display.update(received);
      if (received < total) return;
      shown.display.stop();
      shown = null;
    },
  });
}
