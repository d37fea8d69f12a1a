import { Rng } from "../../random.ts";
import { evaluate, type EvaluationInput } from "../../evaluate/mod.ts";

/** A group's name that would be markup, a placeholder and a formula, if it were not escaped. */
export const HOSTILE = `<b>"R&D"</b> %{x} $y$`;

const SIZES: readonly [string, number][] = [["degree", 60], [HOSTILE, 45], ["no positives", 32], ["tiny", 3]];

/**
 * Two models' scores of pairs, two of each candidate, with an advantage of the first group and one group without
 * positives.
 */
export function fairnessRows(sizes: readonly (readonly [string, number])[] = SIZES, advantage = 1.2) {
  const rng = new Rng(12);
  const rows = sizes.flatMap(([group, size], g) =>
    Array.from({ length: size }, (_, i) => {
      const talent = rng.normal();
      const lift = g === 0 ? advantage : 0;
      const score = (slope: number, noise: number) => 1 / (1 + Math.exp(-slope * talent - lift - noise * rng.normal()));
      return {
        group,
        candidate: `${g}.${Math.floor(i / 2)}`,
        job: `job ${rng.int(20)}`,
        label: group === "no positives" ? 0 : Number(talent + lift / 2 + 0.5 * rng.normal() > 0.3),
        groundTruth: Number(talent > 0.3),
        base: score(0.8, 0.8),
        tuned: score(1.6, 0.4),
      };
    })
  );
  const column = <Key extends keyof typeof rows[number]>(key: Key) => rows.map((row) => row[key]);
  return {
    groups: column("group"),
    clusters: column("candidate"),
    jobs: column("job"),
    labels: column("label"),
    groundTruth: column("groundTruth"),
    base: column("base"),
    tuned: column("tuned"),
  };
}

/** Such rows as `evaluate()` takes them. */
export function fairnessTable(rows: ReturnType<typeof fairnessRows> = fairnessRows()): EvaluationInput {
  const { labels, groundTruth, groups, clusters, jobs, base, tuned } = rows;
  return {
    source: "rows",
    scores: { base: { scores: base, threshold: 0.5 }, tuned: { scores: tuned, threshold: 0.6 } },
    groups: { education: groups },
    labels,
    groundTruth,
    queries: jobs,
    clusters,
    columns: { cluster: "candidates" },
  };
}

/** The evaluation of both models on such rows, and what was evaluated. */
export function fairness(rows?: ReturnType<typeof fairnessRows>, own: Partial<EvaluationInput> = {}) {
  const table: EvaluationInput = { ...fairnessTable(rows), ...own };
  return { table, evaluation: evaluate(table, { seed: 1, resamples: 100 }) };
}

/** Every text of a figure's JSON that Plotly reads as markup. */
export function plotTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(plotTexts);
}
