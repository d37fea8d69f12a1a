import type { Rng } from "../../random.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/** How neighbours are found. */
export interface ConsistencyOptions {
  /** Neighbours compared with, 5 if absent. */
  readonly neighbours?: number | undefined;
  /**
   * Whether a row is one of its own neighbours, as in AIF360, which makes scores look more consistent by about
   * `1 / neighbours`; yes if absent.
   */
  readonly includeSelf?: boolean | undefined;
  /** Rows to judge, drawn at random, because comparing all pairs costs `n²`; all if absent. */
  readonly sample?: { readonly rows: number; readonly rng: Rng } | undefined;
}

/**
 * Individual fairness as consistency: `1 − mean |ŷ_i − mean of ŷ over the k nearest neighbours of i|` (Zemel et al., "Learning
 * fair representations", 2013). AIF360's `consistency`. Near 1 when alike rows are treated alike.
 *
 * Distance is Euclidean. On embeddings of length 1 its order is that of cosine similarity.
 *
 * @param predictions `[n]` decisions or scores in [0, 1].
 * @param features `[n][d]` what makes rows alike: embeddings, or features without the sensitive attribute.
 * @param options Number of neighbours, and which rows to judge.
 * @returns A number ≤ 1; undefined with fewer rows than neighbours.
 * @throws {RangeError} If lengths or widths differ, a feature is not finite, or the number of neighbours is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { consistency } from "./consistency.ts";
 *
 * // Two pairs of twins: one treated alike, the other not.
 * const features = [[0, 0], [0, 1], [9, 0], [9, 1]];
 * assertEquals(consistency([1, 1, 1, 0], features, { neighbours: 1, includeSelf: false }), { value: 0.5 });
 * ```
 */
export function consistency(
  predictions: ArrayLike<number>,
  features: readonly ArrayLike<number>[],
  options: ConsistencyOptions = {},
): Value {
  const { neighbours = 5, includeSelf = true, sample } = options;
  const n = features.length;
  if (predictions.length !== n) {
    throw new RangeError(`Expected one prediction per row of features, found ${predictions.length} and ${n}`);
  }
  if (!Number.isInteger(neighbours) || neighbours < 1) {
    throw new RangeError(`Expected at least one neighbour, found ${neighbours}`);
  }
  if (n < neighbours + (includeSelf ? 0 : 1)) return undefinedBecause("fewer rows than neighbours");
  const table = flatten(features);
  const judged = sample === undefined ? undefined : drawRows(n, sample.rows, sample.rng);
  const rows = judged?.length ?? n;
  let sum = 0;
  for (let j = 0; j < rows; j++) {
    const i = judged?.[j] ?? j;
    const others = nearestTo(i, table, n, neighbours - (includeSelf ? 1 : 0));
    let total = includeSelf ? predictions[i]! : 0;
    for (const other of others) total += predictions[other]!;
    sum += Math.abs(predictions[i]! - total / neighbours);
  }
  return defined(1 - sum / rows);
}

function flatten(features: readonly ArrayLike<number>[]): Float64Array {
  const width = features[0]!.length;
  const table = new Float64Array(features.length * width);
  features.forEach((row, i) => {
    if (row.length !== width) throw new RangeError(`Expected rows of width ${width}, found ${row.length} in row ${i}`);
    table.set(row, i * width);
  });
  const odd = table.findIndex((x) => !Number.isFinite(x));
  if (odd >= 0) throw new RangeError(`Expected finite features, found ${table[odd]} in row ${Math.floor(odd / width)}`);
  return table;
}

/** The rows nearest to row i, itself left out; equally near ones in order of their index. */
function nearestTo(i: number, table: Float64Array, n: number, wanted: number): Int32Array {
  const width = table.length / n;
  const rows = new Int32Array(wanted);
  const distances = new Float64Array(wanted).fill(Infinity);
  if (wanted === 0) return rows;
  for (let j = 0; j < n; j++) {
    if (j === i) continue;
    const worst = distances[wanted - 1]!;
    let distance = 0;
    for (let a = i * width, b = j * width, end = b + width; b < end && distance < worst; a++, b++) {
      const difference = table[a]! - table[b]!;
      distance += difference * difference;
    }
    if (distance >= worst) continue;
    let place = wanted - 1;
    for (; place > 0 && distances[place - 1]! > distance; place--) {
      distances[place] = distances[place - 1]!;
      rows[place] = rows[place - 1]!;
    }
    distances[place] = distance;
    rows[place] = j;
  }
  return rows;
}

function drawRows(n: number, wanted: number, rng: Rng): Int32Array {
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const size = Math.min(wanted, n);
  for (let i = 0; i < size; i++) {
    const j = i + rng.int(n - i);
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
  }
  return rows.subarray(0, size);
}
