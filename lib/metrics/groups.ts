import { InputError } from "../errors.ts";

/** What a column of group names may hold; `null`, `undefined`, `NaN` and `""` count as missing. */
export type GroupLabel = string | number | boolean | null | undefined;

/** Group names with one code per row: the form in which every function here works. */
export interface Grouping {
  /** The groups, sorted by name. A group may have no row (an empty intersection). */
  readonly names: readonly string[];
  /** For each row the index of its group in `names`. */
  readonly codes: Int32Array;
}

/** A column of group names, or one already encoded with {@linkcode groupRows}. */
export type Groups = readonly GroupLabel[] | Grouping;

/**
 * Tells whether a group label is missing.
 *
 * @param label One cell of a column.
 * @returns `true` for `null`, `undefined`, `NaN` and the empty text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isMissingGroup } from "./groups.ts";
 *
 * assertEquals([null, "", "PhD", 0].map(isMissingGroup), [true, true, false, false]);
 * ```
 */
export function isMissingGroup(label: GroupLabel): boolean {
  return label === null || label === undefined || label === "" || (typeof label === "number" && Number.isNaN(label));
}

/**
 * Encodes a column of group names: names sorted, one code per row. An encoded column passes through.
 *
 * @param groups `[n]` labels, or an encoded column.
 * @returns The names and `[n]` codes.
 * @throws {InputError} If a label is missing; {@linkcode dropMissing} removes such rows.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "./groups.ts";
 *
 * assertEquals(groupRows(["PhD", "BA", "PhD"]), { names: ["BA", "PhD"], codes: Int32Array.of(1, 0, 1) });
 * ```
 */
export function groupRows(groups: Groups): Grouping {
  if ("codes" in groups) return groups;
  const codeOf = new Map<string, number>();
  const first = new Int32Array(groups.length);
  for (let i = 0; i < groups.length; i++) {
    const label = groups[i];
    if (isMissingGroup(label)) {
      throw new InputError(`groups[${i}]: expected a group name, found ${JSON.stringify(label ?? null)}`);
    }
    const name = String(label);
    let code = codeOf.get(name);
    if (code === undefined) codeOf.set(name, code = codeOf.size);
    first[i] = code;
  }
  const names = [...codeOf.keys()].sort();
  const sorted = new Int32Array(names.length);
  names.forEach((name, code) => sorted[codeOf.get(name)!] = code);
  return { names, codes: first.map((code) => sorted[code]!) };
}

/**
 * Crosses several attributes into their intersections, named `a|b`. Every combination of levels is a group, those without
 * a row as well: who is absent from the data is something an audit should show.
 *
 * @param attributes One or more columns of the same length.
 * @returns The crossed column.
 * @throws {InputError} If a label is missing.
 * @throws {RangeError} If there is no column, if lengths differ, or if there are more than 100,000 combinations.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { crossGroups } from "./groups.ts";
 *
 * const crossed = crossGroups([["BA", "PhD"], ["F", "M"]]);
 * assertEquals(crossed.names, ["BA|F", "BA|M", "PhD|F", "PhD|M"]);
 * assertEquals(crossed.codes, Int32Array.of(0, 3));
 * ```
 */
export function crossGroups(attributes: readonly Groups[]): Grouping {
  const [head, ...rest] = attributes.map(groupRows);
  if (head === undefined) throw new RangeError("Expected at least one column of groups, found none");
  return rest.reduce((left, right) => {
    if (left.codes.length !== right.codes.length) {
      throw new RangeError(
        `Expected columns of groups of one length, found ${left.codes.length} and ${right.codes.length}`,
      );
    }
    const width = right.names.length;
    if (left.names.length * width > 100_000) {
      throw new RangeError(`Expected at most 100000 intersections, found ${left.names.length * width}`);
    }
    return {
      names: left.names.flatMap((a) => right.names.map((b) => `${a}|${b}`)),
      codes: left.codes.map((code, i) => code * width + right.codes[i]!),
    };
  }, head);
}
