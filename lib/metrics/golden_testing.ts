import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Value } from "./value.ts";

/** Numbers of a golden file; "NaN" and "Infinity" are strings there. */
export type Numbers = Record<string, number | string>;

/** A case of lib/testdata/fairness_*.json.gz. */
export interface GoldenCase {
  name: string;
  inputs: {
    y_true: number[];
    y_pred: number[];
    y_score: number[];
    groups: string[];
    education: string[];
    gender: string[];
    sample_weight?: number[];
  };
  // deno-lint-ignore no-explicit-any -- a tree of numbers whose shape differs from case to case
  expected: any;
}

/** Unpacks a golden file made with the Python libraries; its `meta` names them. */
// deno-lint-ignore no-explicit-any -- parsed JSON
export async function readGolden(name: string): Promise<any> {
  const file = await Deno.open(new URL(`../testdata/${name}.json.gz`, import.meta.url));
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).json();
}

/** A golden MetricFrame: metric by name, and for `by_group` metric by name and group. */
export interface GoldenFrame {
  overall: Numbers;
  by_group: Record<string, Numbers>;
  difference_between_groups: Numbers;
  difference_to_overall: Numbers;
  ratio_between_groups: Numbers;
  ratio_to_overall: Numbers;
  group_min: Numbers;
  group_max: Numbers;
  defined_groups: Numbers;
}

/** All cases of the four fairness files, with the references between them resolved. */
export async function fairnessCases(): Promise<GoldenCase[]> {
  const cases: GoldenCase[] = [];
  for (const name of ["fairness_small", "fairness_edge", "fairness_law", "fairness_adult"]) {
    for (const golden of (await readGolden(name)).cases) {
      const { inputs } = golden;
      for (const [key, column] of Object.entries(inputs)) {
        const same = (column as { same_as?: string }).same_as;
        if (same !== undefined) inputs[key] = cases.find((c) => c.name === same)!.inputs[key as "groups"];
      }
      if (inputs.group_names) inputs.groups = inputs.groups.map((code: number) => inputs.group_names[code]);
      cases.push(golden);
    }
  }
  return cases;
}

/** Asserts that a value equals a golden number to 1e-9, or that both are undefined. */
export function assertGolden(actual: Value, expected: number | string | undefined, what: string): void {
  if (typeof expected === "number") {
    if (actual.value === null) throw new Error(`${what}: expected ${expected}, found undefined (${actual.reason})`);
    assertAlmostEquals(actual.value, expected, 1e-9 * Math.max(1, Math.abs(expected)), what);
  } else {
    assertEquals(expected, "NaN", what);
    assertEquals(actual.value, null, what);
  }
}
