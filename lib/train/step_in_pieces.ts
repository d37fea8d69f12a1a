/**
 * A training step whose texts are encoded piece by piece, with the gradients of the whole batch (GradCache; Gao et al.,
 * "Scaling deep contrastive learning batch size under memory limited setup", 2021): embeddings of all pieces without a
 * backward pass; the objective of the whole batch, and its gradient with respect to the embeddings; each piece again,
 * backwards from that gradient. Pieces may be shared among ranks: the objective still sees the whole batch, whatever it
 * compares in it.
 */
import { compile, gradients, input, type TensorData, vjp } from "../graph/mod.ts";
import { buildEncoder, compileAs, encoderFeeds, parameterFeeds, type Parameters } from "../model/mod.ts";
import type { EncoderSpec } from "../model/mod.ts";
import { headStepBatch } from "./fairness/head_steps.ts";
import type { ObjectiveSettings } from "./objective_graph.ts";
import { ALONE, type Ranks } from "./ranks.ts";
import { withLossScale } from "./trainer.ts";
import { type CompiledOptions, dropoutMasks, gradientOutput, type Gradients, inputName } from "./pass.ts";
import { objectiveGraph, type Pass, type StepInputs } from "./pass.ts";

/** Who encodes how much at once. */
export interface PieceOptions {
  /** Pairs whose texts are encoded at once; null: each rank encodes its part of the batch as one piece. */
  readonly miniBatchSize?: number | null;
  readonly ranks?: Ranks;
}

/**
 * Divides texts of these lengths, in tokens, into at most so many pieces of about as many tokens each, texts of similar
 * length together.
 */
export function divideTexts(lengths: readonly number[], pieces: number): number[][] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const divided = Array.from({ length: pieces }, (): number[] => []);
  let tokens = 0;
  for (const text of lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b)) {
    divided[Math.floor((tokens + lengths[text]! / 2) / total * pieces)]!.push(text);
    tokens += lengths[text]!;
  }
  return divided.filter((piece) => piece.length > 0);
}

/** Compiles a pass in pieces. Its gradients are those of a pass over the whole batch, up to rounding. */
export async function compileInPieces(
  spec: EncoderSpec,
  objective: ObjectiveSettings,
  { miniBatchSize = null, ranks = ALONE, ...options }: CompiledOptions & PieceOptions,
): Promise<Pass> {
  const width = spec.config.hiddenSize;
  const encoder = await compileEncoder(spec, options);
  const whole = await compileObjective(objective, width, options);

  return {
    async run({ items, texts, feeds }, { tokens, parameters, rng, lossScale }) {
      const count = miniBatchSize === null ? ranks.size : Math.ceil(items.length / miniBatchSize);
      const pieces = divideTexts(texts.map((text) => tokens[text]!.length), count);
      const rowsOf = Array.from({ length: ranks.size }, (_, rank) => pieces.filter((_, i) => i % ranks.size === rank));
      const own = rowsOf[ranks.rank]!.map((rows) => ({
        rows,
        feeds: () => encoder.feeds(rows.map((row) => texts[row]!), { tokens, parameters, rng }),
      }));

      const embedded: Float32Array[] = [];
      for (const piece of own) embedded.push(await encoder.embed(await piece.feeds()));
      const embeddings = await gatherRows(embedded, { rowsOf: rowsOf.map((of) => of.flat()), width, ranks });
      const given = { ...feeds, ...parameterFeeds(parameters), embeddings };
      const { results, cotangent } = await whole.run(given);
      const { loss, heads, terms } = await whole.read(results, ranks);
      const backwards = async (scale: number) => {
        return { loss, gradients: await encoder.gradients(own, { cotangent, scale, ranks, parameters }) };
      };
      const { gradients } = await withLossScale(spec.half, lossScale, backwards);
      const batch = options.headSteps ? headStepBatch.feeds(given, results) : {};
      return { loss, gradients: { ...gradients, ...heads }, terms, batch };
    },
    async release() {
      await encoder.release();
      await whole.release();
    },
  };
}

/** A piece of the batch: its rows among the embeddings, and what the encoder is fed with. */
interface Piece {
  readonly rows: readonly number[];
  readonly feeds: () => Promise<Record<string, TensorData>>;
}

/** The encoder forwards, and backwards from a gradient of its embeddings. */
async function compileEncoder(spec: EncoderSpec, { prefix, device }: CompiledOptions) {
  const { embeddings, parameters } = buildEncoder(spec, { from: prefix?.layers ?? 0 });
  const width = spec.config.hiddenSize, names = parameters.map(inputName);
  const pulled = vjp(embeddings, input(COTANGENT, ["texts", width]), parameters);
  const forward = await compileAs(spec, { embeddings }, device);
  const slopes = Object.fromEntries(names.map((name, i) => [gradientOutput(name), pulled[i]!]));
  const backward = await compileAs(spec, slopes, device);
  return {
    async feeds(
      texts: readonly number[],
      { tokens, parameters, rng }: Pick<StepInputs, "tokens" | "parameters" | "rng">,
    ) {
      const packed = await encoderFeeds(texts.map((text) => tokens[text]!), spec, prefix);
      return { ...packed, ...parameterFeeds(parameters), ...dropoutMasks(spec, { texts, tokens, rng }) };
    },
    embed: async (feeds: Record<string, TensorData>) => (await forward.run(feeds)).embeddings!.data as Float32Array,
    /** Sums over all pieces of all ranks: of float32 numbers in float64, so that their order makes no difference. */
    async gradients(
      own: readonly Piece[],
      { cotangent, scale, ranks, parameters }: {
        cotangent: Float32Array;
        scale: number;
        ranks: Ranks;
        parameters: Parameters;
      },
    ): Promise<Gradients> {
      const starts = [0];
      for (const name of names) starts.push(starts.at(-1)! + parameters[name]!.data.length);
      const sums = new Float64Array(starts.at(-1)!);
      for (const { rows, feeds } of own) {
        const pulled = new Float32Array(rows.length * width);
        rows.forEach((row, i) => pulled.set(cotangent.subarray(row * width, (row + 1) * width), i * width));
        if (scale !== 1) pulled.forEach((value, i) => pulled[i] = value * scale);
        const results = await backward.run({ ...await feeds(), [COTANGENT]: matrix(pulled, width) });
        names.forEach((name, n) => {
          const gradient = results[gradientOutput(name)]!.data as Float32Array, start = starts[n]!;
          for (let i = 0; i < gradient.length; i++) sums[start + i]! += gradient[i]! / scale;
        });
      }
      const total = await ranks.allReduce(sums);
      return Object.fromEntries(names.map((name, n) => [name, total.slice(starts[n]!, starts[n + 1]!)]));
    },
    async release() {
      await forward.release();
      await backward.release();
    },
  };
}

/**
 * The objective of a batch whose embeddings are known, and its gradient with respect to them: a small graph, which runs
 * on the CPU wherever the encoder does.
 */
async function compileObjective(objective: ObjectiveSettings, width: number, options: CompiledOptions) {
  const { terms } = options;
  const embeddings = input("embeddings", ["texts", width]);
  const { total, trainable, outputs } = objectiveGraph(embeddings, objective, options);
  const [cotangent, ...ofHeads] = gradients(total, [embeddings, ...trainable]);
  const names = trainable.map(inputName);
  const heads = Object.fromEntries(names.map((name, i) => [gradientOutput(name), ofHeads[i]!]));
  const executable = await compile({ ...outputs, ...heads, [COTANGENT]: cotangent! });
  return {
    async run(given: Record<string, TensorData>) {
      const { [COTANGENT]: cotangent, ...results } = await executable.run(given);
      return { results, cotangent: cotangent!.data as Float32Array };
    },
    /** What is not summed over ranks is taken from rank 0, since another processor may round otherwise. */
    async read(results: Record<string, TensorData>, ranks: Ranks) {
      const own = Object.entries(results).filter(([name]) => !headStepBatch.isPart(name));
      const values = await ranks.fromFirst(Object.fromEntries(own));
      return {
        loss: values.loss!.data[0] as number,
        heads: Object.fromEntries(names.map((name) => [name, values[gradientOutput(name)]!.data as Float32Array])),
        terms: terms.read(values),
      };
    },
    release: () => executable.release(),
  };
}

/** The embeddings of all ranks; each gives those of its rows, in their order. */
async function gatherRows(
  own: readonly Float32Array[],
  { rowsOf, width, ranks }: { rowsOf: readonly (readonly number[])[]; width: number; ranks: Ranks },
): Promise<TensorData> {
  const most = Math.max(...rowsOf.map((rows) => rows.length)) * width;
  const given = new Float32Array(most);
  let at = 0;
  for (const rows of own) {
    given.set(rows, at);
    at += rows.length;
  }
  const gathered = await ranks.allGather(given);
  const embeddings = new Float32Array(rowsOf.flat().length * width);
  rowsOf.forEach((rows, rank) =>
    rows.forEach((row, i) => {
      const from = rank * most + i * width;
      embeddings.set(gathered.subarray(from, from + width), row * width);
    })
  );
  return matrix(embeddings, width);
}

function matrix(data: Float32Array, width: number): TensorData {
  return { dtype: "float32", shape: [data.length / width, width], data };
}

const COTANGENT = "gradient of embeddings";
