/** What is left of a model whose embeddings are cut short, for trainings with `training.matryoshka`. */
import { type Example, labelClass, writeTable } from "../data/mod.ts";
import { averagePrecision, confusionTable, decide, DISPARITIES, rocAuc, searchThreshold } from "../metrics/mod.ts";
import type { ModelOutput } from "./evaluate_models.ts";
import { cosine } from "./token_cache.ts";

/** Examples, and what the tuned model makes of them. */
interface Measured {
  readonly examples: readonly Example[];
  readonly output: ModelOutput;
}

/** Quality and disparities on the test split with embeddings of so many numbers; null where undefined. */
export type DimensionRow = Readonly<Record<string, number | null>>;

/**
 * Measures embeddings cut to each of some sizes and the whole ones; each accepts at its own threshold with the highest F1
 * on the validation split.
 */
export function dimensionRows(
  sizes: readonly number[],
  { validation, test, attributes }: {
    readonly validation: Measured;
    readonly test: Measured;
    readonly attributes: readonly string[];
  },
): DimensionRow[] {
  const width = test.output.jobs[0]!.length;
  const all = [...new Set([...sizes, width])].filter((size) => size <= width).sort((a, b) => a - b);
  return all.map((size) => {
    const scores = ({ jobs, resumes }: ModelOutput) =>
      jobs.map((job, i) => cosine(job.subarray(0, size), resumes[i]!.subarray(0, size)));
    const of = ({ examples, output }: Measured) => ({ labels: examples.map(labelClass), scores: scores(output) });
    const { threshold } = searchThreshold(of(validation), "f1"), own = of(test);
    const predictions = decide(own.scores, threshold);
    return {
      dimensions: size,
      rocAuc: rocAuc(own).value,
      averagePrecision: averagePrecision(own).value,
      threshold,
      ...Object.fromEntries(attributes.flatMap((name) => {
        const groups = test.examples.map((example) => example.groups[name]!);
        const table = confusionTable({ labels: own.labels, predictions, groups });
        return (["demographicParityDifference", "equalizedOddsDifference"] as const).map((metric) =>
          [`${metric}.${name}`, DISPARITIES[metric].of(table).value] as const
        );
      })),
    };
  });
}

/** Writes them as `dimensions.csv`, and says them in a line each. */
export async function tellDimensions(
  rows: readonly DimensionRow[],
  { folder, print }: { readonly folder: string; readonly print: (text: string) => void },
): Promise<void> {
  await writeTable(`${folder}/dimensions.csv`, Object.keys(rows[0]!), rows);
  for (const { dimensions, threshold: _, ...own } of rows) {
    const shown = Object.entries(own).map(([name, value]) => `${name} ${value === null ? "–" : value.toFixed(3)}`);
    print(`first ${dimensions} numbers of the embeddings: ${shown.join(", ")}`);
  }
}
