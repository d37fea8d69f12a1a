/**
 * Our work and PyTorch's in turn, pair by pair, so that whatever else the machine does falls on both: what is compared
 * are the ratios. `peers/speed.py` does PyTorch's, in a process that waits while ours is measured.
 */
import { fromFileUrl } from "@std/path";
import { InputError } from "../errors.ts";
import { shapeConfig, type ShapeName } from "../model/mod.ts";
import { matMulProbe, milliseconds, openEncoder, openTrainingStep, quantile, randomTexts } from "./training_bench.ts";
import { type Timed, writeModel } from "./training_bench.ts";

/** What is timed: a training step, or texts embedded. */
export type Work = "training" | "encoding";

/** How PyTorch computes: float32, bfloat16 under autocast, and both compiled. */
export const MODES = ["fp32", "bf16", "compile", "compile-bf16"] as const;

/** A comparison of our median with PyTorch's, in milliseconds. */
export interface Comparison {
  readonly ours: string;
  readonly mode: typeof MODES[number];
  readonly milliseconds: { readonly ours: number; readonly pytorch: number };
  /** PyTorch's time over ours: median, least and most of the pairs. */
  readonly ratio: readonly [median: number, least: number, most: number];
}

/** How to compare. */
export interface CompareOptions {
  readonly work: Work;
  /** Tokens of each text. */
  readonly lengths: readonly number[];
  readonly pairs: number;
  readonly threads: number;
  readonly modes: readonly typeof MODES[number][];
  readonly folder: string;
}

/**
 * Comparisons of one shape, by precision of ours and mode of PyTorch's; how much the machine's own matrix product moved
 * meanwhile (third over first quartile of its times); and PyTorch's versions.
 * @throws {InputError} If `python3` is not there, or has no PyTorch, transformers and PEFT.
 */
export async function compareWithPyTorch(shape: ShapeName, options: CompareOptions) {
  const { work, lengths, pairs, threads, modes, folder } = options;
  const config = shapeConfig(shape);
  const tokens = randomTexts(lengths, config);
  const product = await matMulProbe(2048, config);
  const model = await writeModel(shape, folder);
  const comparisons: Comparison[] = [], productTimes: number[] = [];
  let versions = "";
  const open = work === "training" ? openTrainingStep : openEncoder;
  for (const precision of ["fp32", "int8"] as const) {
    const spec = { ...model.spec, int8: precision === "int8" };
    const ours = await open({ ...model, spec }, { tokens, threads });
    for (const mode of modes) {
      await using peer = await Peer.start({ work, mode, threads, config, tokens });
      versions = peer.versions;
      const times = await timePairs(
        ours,
        peer,
        pairs,
        async () => void productTimes.push(await milliseconds(product.run)),
      );
      comparisons.push({ ours: precision, mode, ...times });
    }
    await ours.release();
  }
  await product.release();
  return { comparisons, versions, drift: quantile(productTimes, 0.75) / quantile(productTimes, 0.25) };
}

/** Ours, theirs, theirs, ours, and between pairs something else: what changes slowly changes both. */
async function timePairs(ours: Timed, peer: Peer, pairs: number, between: () => Promise<void>) {
  const own: number[] = [], theirs: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) own.push(await milliseconds(ours.run));
    theirs.push(await peer.milliseconds());
    if (pair % 2 === 1) own.push(await milliseconds(ours.run));
    await between();
  }
  const ratios = own.map((time, i) => theirs[i]! / time);
  const ratio = [quantile(ratios, 0.5), Math.min(...ratios), Math.max(...ratios)] as const;
  return { milliseconds: { ours: quantile(own, 0.5), pytorch: quantile(theirs, 0.5) }, ratio };
}

/** The process of PyTorch. */
class Peer {
  readonly #process: Deno.ChildProcess;
  readonly #tasks: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncIterator<string>;
  versions = "";

  private constructor() {
    const script = fromFileUrl(new URL("peers/speed.py", import.meta.url));
    const python = new Deno.Command("python3", { args: [script], stdin: "piped", stdout: "piped", stderr: "null" });
    this.#process = python.spawn();
    this.#tasks = this.#process.stdin.getWriter();
    this.#answers = lines(this.#process.stdout);
  }

  static async start(task: Record<string, unknown>): Promise<Peer> {
    const peer = new Peer();
    peer.versions = String((await peer.#ask(JSON.stringify(task))).versions);
    return peer;
  }

  async milliseconds(): Promise<number> {
    return Number((await this.#ask("")).milliseconds);
  }

  async #ask(line: string): Promise<Record<string, unknown>> {
    // What a process that ended does not take is told by its silence.
    await this.#tasks.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
    const { value, done } = await this.#answers.next();
    if (done) {
      throw new InputError(
        "--against pytorch: python3 ended; expected one with PyTorch, transformers and PEFT: in a virtual " +
          "environment `pip install torch transformers peft`, activate it, and start again",
      );
    }
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close().catch(() => {});
    await this.#process.status;
  }
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
