/** Runs graphs with ONNX Runtime. */
import { basename, dirname, join } from "@std/path";
import type * as Ort from "onnxruntime-node";
import { checkedFeeds, type Executable } from "../executable.ts";
import type { DataType, Tensor } from "../tensor.ts";
import { type OnnxModel, toOnnxModel } from "./model_proto.ts";
import { int8Model } from "./portable_model.ts";
import { largestSum } from "./quantize_weights.ts";

// Errors are thrown; ONNX Runtime would print them, with its stack, as well.
const FATAL = 4;

/** Where a graph runs. */
export type OnnxDevice = "cpu" | "webgpu" | "cuda";

/** How to compile. */
export interface OnnxOptions {
  /** Default `"cpu"`. */
  device?: OnnxDevice;
  /**
   * Threads of one operation; default: as many as this process may use at once. One and two give the same bits; so do
   * more, as long as none is left with fewer than 65 columns of a product that has more columns than rows: of so few
   * ONNX Runtime sums longer stretches at once.
   */
  threads?: number;
  /**
   * `"int8"`: products with frozen weights in 8 bits, see `quantize_weights.ts`; on the CPU, whose processors multiply
   * bytes several times faster than floats. Default `"fp32"`.
   */
  precision?: "fp32" | "int8";
  /** When given, ONNX Runtime writes a Chrome trace of every operation to `<prefix>_<time>.json`. */
  profilePrefix?: string;
}

/** Compiles what the outputs depend on into one ONNX Runtime session. */
export async function compileOnnx(
  outputs: Readonly<Record<string, Tensor>>,
  options: OnnxOptions = {},
): Promise<Executable> {
  const int8 = options.precision === "int8";
  return await loadOnnx(
    int8 ? await int8Model(outputs, { signed: await addsSignedBytes() }) : toOnnxModel(outputs),
    options,
  );
}

let signedBytes: Promise<boolean> | undefined;

/**
 * Whether this processor's sums of products of signed bytes are exact, as they are with VNNI and on ARM: it is asked,
 * because it is not told. One process asks once.
 */
function addsSignedBytes(): Promise<boolean> {
  return signedBytes ??= askForLargestSum();
}

async function askForLargestSum(): Promise<boolean> {
  const { model, feeds, expected } = largestSum();
  const executable = await loadOnnx(model, { threads: 1 });
  const { y } = await executable.run(feeds).finally(() => executable.release());
  return y!.data.every((sum) => Number(sum) === expected);
}

/** A session of an ONNX model that is written already. */
export async function loadOnnx(model: OnnxModel, options: OnnxOptions = {}): Promise<Executable> {
  // The native library, when a graph is first compiled: commands that compute none need no permission for it.
  const ort = await import("onnxruntime-node");
  ort.env.logLevel = "fatal";
  const session = await ort.InferenceSession.create(model.bytes, sessionOptions(model.weightsFolder, options));
  const { inputs, outputs } = model; // and not its bytes, which a session has copied
  return {
    inputs: inputs.map((leaf) => leaf.name),
    async run(feeds) {
      const converted: Record<string, Ort.Tensor> = {};
      checkedFeeds(inputs, feeds).forEach(({ dtype, shape, data }, i) => {
        converted[inputs[i]!.name] = new ort.Tensor(dtype as "float32", data as Float32Array, shape);
      });
      const results = await session.run(converted);
      return Object.fromEntries(outputs.map((name) => {
        const { type, dims, data } = results[name]!;
        return [name, { dtype: type as DataType, shape: dims, data: data as Float32Array }];
      }));
    },
    release: () => session.release(),
  };
}

function sessionOptions(weightsFolder: string | null, options: OnnxOptions): Ort.InferenceSession.SessionOptions {
  // ONNX Runtime counts the machine's cores, this the process' own, by affinity and by quota: two threads that wait for
  // each other on one core take five times as long as one.
  const { device = "cpu", threads = navigator.hardwareConcurrency, precision, profilePrefix } = options;
  return {
    executionProviders: [device],
    graphOptimizationLevel: "all",
    logSeverityLevel: FATAL,
    // Batches differ in size from step to step: a memory pattern of the last one would be planned in vain.
    enableMemPattern: false,
    intraOpNumThreads: threads,
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: {
      session: {
        // Packing would copy every frozen weight once per product it occurs in; reading them from the mapped file
        // costs about as much time (see README.md, "Measured") and keeps them in memory once, shared by all sessions.
        // Bytes are no copy of a file, are a quarter of it, and packed they multiply up to three times as fast.
        disable_prepacking: precision === "int8" ? "0" : "1",
        ...(weightsFolder === null ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
      },
    },
  };
}

/** One execution of one node. */
export interface NodeEvent {
  /** ONNX's name of the operation, or that of a fused one. */
  readonly op: string;
  /** The node's name in the graph. */
  readonly name: string;
  /** The execution provider, for example `CPUExecutionProvider`. */
  readonly provider: string;
  /** How long it took. */
  readonly microseconds: number;
  /** The most bytes that the provider's allocator has had in use so far; 0 where it does not say. */
  readonly peakBytes: number;
  /** Element type and shape of every output. */
  readonly outputs: readonly { readonly type: string; readonly shape: readonly number[] }[];
}

interface TraceEvent {
  cat: string;
  name: string;
  dur: number;
  args: {
    op_name: string;
    provider: string;
    mem_in_use_peak?: string;
    output_type_shape?: Record<string, number[]>[];
  };
}

/**
 * Reads, and removes, the profiles whose files begin with a `profilePrefix`. The executable must have been released:
 * only then is the file complete.
 */
export async function readProfile(prefix: string): Promise<NodeEvent[]> {
  const folder = dirname(prefix);
  const nodes: NodeEvent[] = [];
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.startsWith(`${basename(prefix)}_`)) continue;
    const events: TraceEvent[] = JSON.parse(await Deno.readTextFile(join(folder, name)));
    for (const { cat, name, dur, args } of events) {
      if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
      nodes.push({
        op: args.op_name,
        name: name.slice(0, -"_kernel_time".length),
        provider: args.provider,
        microseconds: dur,
        peakBytes: Number(args.mem_in_use_peak ?? 0),
        outputs: (args.output_type_shape ?? []).flatMap((output) =>
          Object.entries(output).map(([type, shape]) => ({ type, shape }))
        ),
      });
    }
    await Deno.remove(join(folder, name));
  }
  return nodes;
}

/**
 * The nodes that fell back to the CPU although the graph was compiled for another device: each costs a transfer to the
 * host and back. Arithmetic on shapes and on single numbers belongs on the host and is not counted.
 */
export function fallbacks(nodes: readonly NodeEvent[]): string[] {
  const isSmall = ({ type, shape }: NodeEvent["outputs"][number]) => type === "int64" || shape.length === 0;
  const found = nodes.filter(({ provider, outputs }) => provider === "CPUExecutionProvider" && !outputs.every(isSmall));
  return [...new Set(found.map(({ op, name }) => `${op} ${name}`))];
}
