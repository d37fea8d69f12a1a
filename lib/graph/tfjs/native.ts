/** The native packages of TensorFlow.js: never required, used where somebody added them. */
import util from "node:util";
import { InputError } from "../../errors.ts";

/** In the order of preference; both run the same code, `-gpu` with CUDA. */
const PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;

/** What adds a native package to the project: two lines for the shell. */
export function installLines(name: string = PACKAGES[0]): readonly [string, string] {
  return [`deno add npm:${name}@4.22.0`, `deno install --allow-scripts=npm:${name}`];
}

/**
 * Imports the first native package that was added to the project; that registers the backend `tensorflow`.
 *
 * @param resolve Finds a package, throwing when it is not there; by default as an import would.
 * @param load Imports it.
 * @throws {InputError} When there is none, or its library (which comes from outside npm) does not load.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { loadNative } from "./native.ts";
 *
 * const absent = () => {
 *   throw new TypeError("not a dependency");
 * };
 * await assertRejects(() => loadNative(absent), Error, "deno add npm:@tensorflow/tfjs-node-gpu@4.22.0");
 * ```
 */
export async function loadNative(
  resolve: (name: string) => unknown = import.meta.resolve,
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<void> {
  const added = PACKAGES.filter((name) => isFound(name, resolve));
  if (added.length === 0) {
    const [add, install] = installLines();
    throw new InputError(`tfjs:tensorflow needs a native package: run "${add}" and then "${install}"`);
  }
  provideIsNullOrUndefined();
  let why = "";
  for (const name of added) {
    try {
      await load(name);
      return;
    } catch (error) {
      why ||= `${name} does not load (${(error as Error).message.split("\n")[0]!.trim()})`;
    }
  }
  throw new InputError(`tfjs:tensorflow: ${why}; run "${installLines(added[0])[1]}" to fetch its library`);
}

function isFound(name: string, resolve: (name: string) => unknown): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The packages call util.isNullOrUndefined(), which Node 23 and Deno no longer have. */
function provideIsNullOrUndefined(): void {
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
}
