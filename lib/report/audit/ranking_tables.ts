import { count, intervalText, number } from "../format.ts";
import type { RankingAudit } from "../../evaluate/mod.ts";
import { type AuditTable, left, right, type TableStyle } from "./table.ts";

/** Jobs that a page shows, and a terminal. */
const MAX_JOBS = 40;
const BRIEF_JOBS = 5;
const MAX_GROUP_COLUMNS = 8;

/**
 * Top places and exposure by group, pooled over jobs.
 *
 * @param ranking The rankings of an attribute.
 * @param style How numbers are written.
 * @returns The table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { rankingTable } from "./ranking_tables.ts";
 * import { tableStyle } from "./table.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 *   job: { name: "job", groups: groupRows(["cook", "cook", "nurse", "nurse"]) },
 * }, { resamples: 20, topK: 1 });
 * const { rows } = rankingTable(result.attributes[0]!.ranking!, tableStyle(result));
 * assertEquals(rows.map(([group, , share]) => [group, share]), [["degree", "100.0 %"], ["none", "0.0 %"]]);
 * ```
 */
export function rankingTable(ranking: RankingAudit, style: TableStyle): AuditTable {
  const { exposureRatio, selectionRatio, ndkl, meritRatio } = ranking.overall;
  const merit = ranking.groups.some(({ metrics }) => metrics.exposureToMerit !== undefined);
  const pairwise = new Map(ranking.pairwise?.map(({ group, accuracy }) => [group, accuracy]));
  const show = (measure: NonNullable<typeof ndkl>) =>
    `${style.notes.show(measure, number)} ${intervalText(measure.interval, number)}`.trim();
  const ratios = [
    `Exposure ratio ${show(exposureRatio!)}`,
    `selection ratio ${show(selectionRatio!)}`,
    ...(meritRatio === undefined ? [] : [`exposure-to-merit ratio ${show(meritRatio)}`]),
    `NDKL ${show(ndkl!)}`,
  ].join(", ");
  return {
    title: `Rankings: the first ${ranking.topK} places of each of ${count(ranking.jobs.length)} jobs`,
    caption: `Shares pooled over jobs; exposure at rank i is 1/log2(i+1). ${ratios}. Intervals resample jobs.`,
    columns: [
      left("Group"),
      right("Candidates"),
      right(`Top-${ranking.topK} share`),
      style.interval,
      right("Skew"),
      right("Mean exposure"),
      style.interval,
      ...(merit ? [right("Exposure/merit"), right("Pairwise accuracy")] : []),
    ],
    rows: ranking.groups.filter(({ count }) => count > 0).map(({ group, metrics }) => [
      group,
      style.show(metrics.candidateShare!, "candidateShare"),
      ...style.pair(metrics.topKShare!, "topKShare"),
      style.notes.show(metrics.skew!, number),
      ...style.pair(metrics.exposure!, "exposure"),
      ...(merit
        ? [style.notes.show(metrics.exposureToMerit!, number), style.notes.show(pairwise.get(group)!, number)]
        : []),
    ]),
  };
}

/**
 * The jobs one by one, those with the most uneven exposure first.
 *
 * @param ranking The rankings of an attribute.
 * @param style How numbers are written.
 * @returns The table; a terminal shows its first rows.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { jobTable } from "./ranking_tables.ts";
 * import { tableStyle } from "./table.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 *   job: { name: "job", groups: groupRows(["cook", "cook", "nurse", "nurse"]) },
 * }, { resamples: 20, topK: 1 });
 * const { rows } = jobTable(result.attributes[0]!.ranking!, tableStyle(result));
 * assertEquals(rows[0], ["cook", "2", "0.631", "0.425", "1 of 1", "0 of 1"]);
 * ```
 */
export function jobTable({ jobs, groups, topK }: RankingAudit, style: TableStyle): AuditTable {
  const present = groups.filter((own) => own.count > 0);
  const names = present.map(({ group }) => group).slice(0, MAX_GROUP_COLUMNS);
  const sorted = [...jobs].sort((x, y) => (x.exposureRatio.value ?? 2) - (y.exposureRatio.value ?? 2));
  const rows = sorted.slice(0, MAX_JOBS).map((job) => [
    job.job,
    count(job.candidates),
    style.notes.show(job.exposureRatio, number),
    style.notes.show(job.ndkl, number),
    ...names.map((name) => {
      const own = job.groups.find(({ group }) => group === name);
      return own === undefined ? "" : `${own.selected} of ${own.candidates}`;
    }),
  ]);
  const cut = (jobs.length > MAX_JOBS ? ` The first ${MAX_JOBS} of ${count(jobs.length)} jobs.` : "") +
    (present.length > MAX_GROUP_COLUMNS ? ` The first ${MAX_GROUP_COLUMNS} of ${present.length} groups.` : "");
  return {
    title: "Job by job",
    caption: `Places of each group among the first ${topK}, of its candidates; the most uneven exposure first.${cut}`,
    columns: [left("Job"), right("Candidates"), right("Exposure ratio"), right("NDKL"), ...names.map(right)],
    rows,
    ...(rows.length > BRIEF_JOBS
      ? { brief: { rows: rows.slice(0, BRIEF_JOBS), which: `${BRIEF_JOBS} of ${count(jobs.length)} jobs.` } }
      : {}),
  };
}
