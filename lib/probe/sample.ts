/** Who takes part in a probe, and in which fold. */
import { InputError } from "../errors.ts";
import { groupRows } from "../metrics/groups.ts";
import type { ExcludedGroup } from "../metrics/value.ts";
import type { Rng } from "../random.ts";
import { stratifiedFolds } from "./folds.ts";
import type { Matrix } from "./matrix.ts";

/** The rows of the groups that are large enough. */
export interface Sample {
  /** `[n]` their indices in the input. */
  readonly rows: Int32Array;
  /** Names of the groups, sorted. */
  readonly names: readonly string[];
  /** `[names.length]` people of each group. */
  readonly people: Int32Array;
  /** `[n]` group of each row. */
  readonly codes: Int32Array;
  /** `[n]` person of each row, 0 to the number of people − 1. */
  readonly person: Int32Array;
  /** `[people]` group of each person. */
  readonly groupOf: Int32Array;
  /** `[n]` fold of each row; a person is in one. Empty with fewer than two groups. */
  readonly fold: Int32Array;
  /** Groups left out. */
  readonly excluded: readonly ExcludedGroup[];
}

/**
 * Leaves out groups with fewer people than folds, and deals the people of the others into folds.
 *
 * @param groups `[n]` group names.
 * @param clusters `[n]` person of each row; each row is a person if absent.
 * @param folds How many.
 * @param rng The source of chance.
 * @returns Who takes part.
 * @throws {InputError} If a name is missing, or a person is in two groups.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { drawSample } from "./sample.ts";
 *
 * const { names, excluded, rows } = drawSample(["BA", "BA", "PhD", "BA", "MA", "MA", "MA"], undefined, 3, new Rng(1));
 * assertEquals(names, ["BA", "MA"]);
 * assertEquals(excluded, [{ group: "PhD", reason: "1 person, fewer than the 3 folds" }]);
 * assertEquals(rows, Int32Array.of(0, 1, 3, 4, 5, 6));
 * ```
 */
export function drawSample(
  groups: readonly string[],
  clusters: readonly string[] | undefined,
  folds: number,
  rng: Rng,
): Sample {
  if (clusters !== undefined && clusters.length !== groups.length) {
    throw new RangeError(`Expected ${groups.length} people, one per row, found ${clusters.length}`);
  }
  const all = groupRows(groups);
  const everybody = new Map<string, { group: number; first: number }>();
  clusters?.forEach((name, i) => {
    if (typeof name !== "string" || name === "") throw new InputError(`clusters[${i}]: expected a person, found none`);
    const known = everybody.get(name);
    if (known !== undefined && known.group !== all.codes[i]) {
      throw new InputError(
        `Expected one group per person, found ${JSON.stringify(name)} in ${
          JSON.stringify(groups[known.first])
        } (row ${known.first}) and ${JSON.stringify(groups[i])} (row ${i})`,
      );
    }
    if (known === undefined) everybody.set(name, { group: all.codes[i]!, first: i });
  });
  const nameOf = (i: number) => clusters?.[i] ?? String(i);
  const people = new Int32Array(all.names.length);
  if (clusters === undefined) { for (const code of all.codes) people[code]! += 1; }
  for (const { group } of everybody.values()) people[group]! += 1;

  const kept = all.names.map((_, code) => people[code]! >= folds);
  const newCode = kept.map((_, code) => kept.slice(0, code).filter(Boolean).length);
  const rows = Int32Array.from(all.codes.keys()).filter((i) => kept[all.codes[i]!]);
  const codes = Int32Array.from(rows, (i) => newCode[all.codes[i]!]!);
  const indexOf = new Map<string, number>();
  const person = Int32Array.from(rows, (i) => {
    const name = nameOf(i);
    const index = indexOf.get(name) ?? indexOf.size;
    indexOf.set(name, index);
    return index;
  });
  const groupOf = new Int32Array(indexOf.size);
  person.forEach((p, r) => groupOf[p] = codes[r]!);
  const names = all.names.filter((_, code) => kept[code]);
  const foldOf = names.length < 2 ? groupOf.fill(0) : stratifiedFolds(groupOf, names.length, folds, rng);
  return {
    rows,
    names,
    people: people.filter((_, code) => kept[code]),
    codes,
    person,
    groupOf,
    fold: person.map((p) => foldOf[p]!),
    excluded: all.names.flatMap((group, code) =>
      kept[code] ? [] : [{
        group,
        reason: `${people[code]} ${people[code] === 1 ? "person" : "people"}, fewer than the ${folds} folds`,
      }]
    ),
  };
}

/**
 * Copies embeddings into one matrix.
 *
 * @param embeddings Rows of one length.
 * @param rows Which.
 * @param name What they are called in errors.
 * @throws {InputError} If a number is not finite.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { embeddingMatrix } from "./sample.ts";
 *
 * const { rows, columns, data } = embeddingMatrix([Float32Array.of(1, 2), Float32Array.of(3, 4)], [1], "embeddings");
 * assertEquals([rows, columns, ...data], [1, 2, 3, 4]);
 * ```
 */
export function embeddingMatrix(
  embeddings: readonly ArrayLike<number>[],
  rows: ArrayLike<number>,
  name: string,
): Matrix {
  const columns = embeddings[0]?.length ?? 0;
  if (columns === 0) throw new InputError(`${name}: expected embeddings with at least one number, found none`);
  embeddings.forEach((embedding, i) => {
    if (embedding.length !== columns) {
      throw new RangeError(`${name}[${i}]: expected ${columns} numbers, found ${embedding.length}`);
    }
    for (let j = 0; j < columns; j++) {
      if (!Number.isFinite(embedding[j])) {
        throw new InputError(`${name}[${i}][${j}]: expected a finite number, found ${embedding[j]}`);
      }
    }
  });
  const data = new Float64Array(rows.length * columns);
  for (let r = 0; r < rows.length; r++) data.set(embeddings[rows[r]!]!, r * columns);
  return { rows: rows.length, columns, data };
}
