/** Who takes part in a probe, and in which fold. */
import { InputError } from "../../errors.ts";
import { type ExcludedGroup, groupRows } from "../../metrics/mod.ts";
import type { Rng } from "../../random.ts";
import { stratifiedFolds } from "./folds.ts";
import type { Matrix } from "./matrix.ts";

/** The rows of the people that take part. */
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
  /** `[n]` fold of each row; a person is in one. All 0 with fewer than two groups. */
  readonly fold: Int32Array;
  /** Groups left out. */
  readonly excluded: readonly ExcludedGroup[];
  /** People left out because their rows are of several groups. */
  readonly ambiguous: number;
}

/**
 * Leaves out people of several groups and groups with fewer people than folds, and deals the other people into folds.
 *
 * @param groups `[n]` group names.
 * @param clusters `[n]` person of each row; each row is a person if absent.
 * @param folds How many.
 * @param rng The source of chance.
 * @returns Who takes part.
 * @throws {InputError} If a name is missing.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
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
  const nameOf = (i: number) => clusters === undefined ? String(i) : clusters[i]!;
  const groupsOf = new Map<string, Set<number>>();
  all.codes.forEach((code, i) => {
    const name = nameOf(i);
    if (name === "") throw new InputError(`clusters[${i}]: expected a person, found none`);
    groupsOf.set(name, (groupsOf.get(name) ?? new Set()).add(code));
  });
  const people = new Int32Array(all.names.length);
  for (const [only, ...others] of groupsOf.values()) if (others.length === 0) people[only!]! += 1;

  const kept = [...people.keys()].filter((code) => people[code]! >= folds);
  const rows = Int32Array.from(all.codes.keys()).filter((i) =>
    kept.includes(all.codes[i]!) && groupsOf.get(nameOf(i))!.size === 1
  );
  const codes = Int32Array.from(rows, (i) => kept.indexOf(all.codes[i]!));
  // Numbered as they come, so that folds do not depend on what people are called.
  const numbers = new Map<string, number>();
  for (const i of rows) if (!numbers.has(nameOf(i))) numbers.set(nameOf(i), numbers.size);
  const person = Int32Array.from(rows, (i) => numbers.get(nameOf(i))!);
  const groupOf = new Int32Array(numbers.size);
  person.forEach((p, r) => groupOf[p] = codes[r]!);
  const foldOf = kept.length < 2 ? groupOf.map(() => 0) : stratifiedFolds(groupOf, kept.length, folds, rng);
  return {
    rows,
    names: kept.map((code) => all.names[code]!),
    people: Int32Array.from(kept, (code) => people[code]!),
    codes,
    person,
    groupOf,
    fold: person.map((p) => foldOf[p]!),
    excluded: all.names.flatMap((group, code) => {
      const count = people[code]!;
      const reason = `${count} ${count === 1 ? "person" : "people"}, fewer than the ${folds} folds`;
      return kept.includes(code) ? [] : [{ group, reason }];
    }),
    ambiguous: [...groupsOf.values()].filter(({ size }) => size > 1).length,
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
