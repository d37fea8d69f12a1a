/** What ONNX Runtime's profile says: what ran where, how long, and with how much memory. */
import { basename, dirname, join } from "@std/path";

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
