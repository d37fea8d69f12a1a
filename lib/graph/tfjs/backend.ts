/**
 * TensorFlow.js's backends: finding, loading and switching between them.
 *
 * TensorFlow.js has one engine per process with one active backend, and whoever else uses it (danfo.js in a notebook)
 * relies on the one it chose. So a backend is made active for the length of one synchronous piece of work only.
 */
import * as tf from "@tensorflow/tfjs-core";
import util from "node:util";
import { InputError } from "../../errors.ts";
import { isAdded } from "../device/probes.ts";

/** The backends, the fastest first. */
export const TFJS_BACKENDS = ["tensorflow", "webgpu", "wasm", "cpu"] as const;

/** A name in {@linkcode TFJS_BACKENDS}. */
export type TfjsBackend = typeof TFJS_BACKENDS[number];

const LOADERS: Readonly<Record<TfjsBackend, () => Promise<unknown>>> = {
  tensorflow: loadNative,
  webgpu: async () => {
    if (!await navigator.gpu?.requestAdapter()) {
      throw new InputError("tfjs:webgpu finds no graphics adapter: install a driver with Vulkan, Metal or Direct3D 12");
    }
    await import("@tensorflow/tfjs-backend-webgpu");
  },
  wasm: () => import("@tensorflow/tfjs-backend-wasm"),
  cpu: () => import("@tensorflow/tfjs-backend-cpu"),
};

const opened = new Map<TfjsBackend, Promise<void>>();

/**
 * Loads a backend, without making it the active one; `"best"` is the first that loads, where a graphics adapter that is
 * software counts as not there, because `wasm` is faster. Gives its name.
 * @throws {InputError} When the backend cannot be loaded, with what to do about it.
 */
export async function openBackend(backend: TfjsBackend | "best"): Promise<TfjsBackend> {
  if (backend !== "best") {
    if (!opened.has(backend)) opened.set(backend, load(backend));
    await opened.get(backend);
    return backend;
  }
  for (const candidate of TFJS_BACKENDS) {
    if (candidate === "webgpu" && (await navigator.gpu?.requestAdapter())?.info.isFallbackAdapter) continue;
    try {
      return await openBackend(candidate);
    } catch (error) {
      // Not installed, no adapter, no driver: the next one needs less.
      if (!(error instanceof InputError)) throw error;
    }
  }
  throw new InputError("device tfjs: no backend of TensorFlow.js can be loaded");
}

async function load(backend: TfjsBackend): Promise<void> {
  const before = tf.getBackend();
  const restore = quieten();
  try {
    await LOADERS[backend]();
    let why = "";
    const ready = await tf.setBackend(backend).catch((error: Error) => {
      why = `: ${error.message.split("\n")[0]}`;
      return false;
    });
    if (!ready) throw new InputError(`tfjs:${backend} does not start${why}`);
  } finally {
    restore();
    if (before && before !== backend) await tf.setBackend(before);
  }
}

/**
 * Does something with a backend active that has been opened, then makes the one before active again. The work is
 * synchronous, so that nobody else meets the switched engine.
 */
export function withBackend<T>(backend: TfjsBackend, work: () => T): T {
  const before = tf.getBackend();
  const restore = quieten();
  try {
    // For a backend that has been started, all of setBackend() happens before it first waits.
    if (before !== backend) void tf.setBackend(backend);
    return work();
  } finally {
    if (before && before !== backend) void tf.setBackend(before);
    restore();
  }
}

/** Without it, tfjs advertises its native packages and lists every kernel that two of them register. */
function quieten(): () => void {
  const before = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  return () => tf.env().set("PROD", before);
}

/** The native packages, never required, in the order of preference; both run the same code, `-gpu` with CUDA. */
const PACKAGES = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;

/** What adds a native package to the project: two lines for the shell. */
function installLines(name: string = PACKAGES[0]): readonly [string, string] {
  return [`deno add npm:${name}@4.22.0`, `deno install --allow-scripts=npm:${name}`];
}

/**
 * Imports the first native package that was added to the project; that registers the backend `tensorflow`.
 * @throws {InputError} When there is none, or its library (which comes from outside npm) does not load.
 */
export async function loadNative(
  resolve: (name: string) => unknown = import.meta.resolve,
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<void> {
  const added = PACKAGES.filter((name) => isAdded(name, resolve));
  if (added.length === 0) {
    const [add, install] = installLines();
    throw new InputError(`tfjs:tensorflow needs a native package: run "${add}" and then "${install}"`);
  }
  // The packages call util.isNullOrUndefined(), which Node 23 and Deno no longer have.
  (util as { isNullOrUndefined?: (value: unknown) => boolean }).isNullOrUndefined ??= (value) => value == null;
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
