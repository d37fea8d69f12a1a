/**
 * All numbers of the raw outputs in one long table, whatever the formats that they are in. Knows today's formats; what
 * replaces a format replaces its function here.
 */
import type { GoldenCase } from "./commands.ts";

/** What a case left, by file. */
export type Outputs = Readonly<Record<string, string>>;

/** The columns of `numbers.csv`, explained in the README of this folder. */
export const COLUMNS = [
  "case",
  "command",
  "model",
  "reference",
  "seed",
  "attribute",
  "group",
  "metric",
  "against",
  "value",
  "low",
  "high",
  "p",
  "part",
  "detail",
  "tolerance",
] as const;

/** A line of `numbers.csv`; what does not apply is empty. */
export type NumberRow = Record<typeof COLUMNS[number], string>;

type Part = Partial<Record<keyof NumberRow, string | number | null | undefined>>;
// deno-lint-ignore no-explicit-any
type Json = any;

/** The numbers of one case. */
export function longForm({ name, command }: GoldenCase, outputs: Outputs): NumberRow[] {
  const rows: Part[] = [];
  for (const [file, text] of Object.entries(outputs)) {
    if (file === "audit.json") rows.push(...auditRows(JSON.parse(text)));
    else if (file.endsWith("quality.json")) rows.push(...qualityRows(JSON.parse(text)));
    else if (file.endsWith("predictions.csv")) rows.push(...predictionRows(readCsv(text)));
    else if (file.endsWith("history.jsonl")) rows.push(...historyRows(text));
    else if (file.endsWith("epoch_metrics.csv")) rows.push(...epochRows(readCsv(text)));
    else if (file === "scores.csv") rows.push(...inferRows(readCsv(text)));
    else if (file === "sweep.csv") rows.push(...trialRows(readCsv(text)));
    else if (file === "summary.csv") rows.push(...summaryRows(readCsv(text)));
    else if (file === "front.csv") rows.push(...frontRows(readCsv(text)));
    else if (file === "hashes.txt") rows.push({ metric: "adapterSha256", value: text.slice(0, 64) });
    else if (name === "infer_embeddings") rows.push(...embeddingRows(text));
  }
  return rows.map((row) => {
    const full = { ...row, case: name, command, metric: recordedName(row.metric), against: recordedName(row.against) };
    const line = Object.fromEntries(COLUMNS.map((column) => [column, cell(full[column])])) as NumberRow;
    return { ...line, tolerance: toleranceOf(line) };
  });
}

/** Metrics are recorded under the names that they had first. */
const recordedName = (name: Part["metric"]) =>
  typeof name === "string" ? name.replace(/^groundTruth(?=[A-Z])/, "merit") : name;

/** 17 significant digits are what brings a number back bit by bit; `String` writes as many of them as that takes. */
const cell = (value: string | number | null | undefined) => value === null || value === undefined ? "" : String(value);

/**
 * Intervals of `metrics` are exact; others may move by Monte Carlo error: about four standard errors of 200
 * resamples' ends.
 */
function toleranceOf({ command, part, low, high }: NumberRow): string {
  if (part === BY_CHANCE) return "0.04";
  if (command === "metrics" || low === "") return "0";
  return (0.25 * (Number(high) - Number(low)) + 0.02).toFixed(4);
}

/** What permutations give on average: the only values that are no exact numbers. */
const BY_CHANCE = "expected by chance";

/** How far a p-value may be off where an interval may: about four standard errors of 200 permutations at p = 0.5. */
const P_TOLERANCE = 0.15;

/**
 * What differs between recorded and found numbers, a sentence each: values must be equal, intervals and p-values
 * within what `tolerance` says. The order of rows does not count.
 */
export function differences(recorded: readonly NumberRow[], found: readonly NumberRow[]): string[] {
  const key = (row: NumberRow) =>
    COLUMNS.filter((column) => !["value", "low", "high", "p", "tolerance"].includes(column))
      .map((column) => row[column]).join("|");
  const byKey = new Map(found.map((row) => [key(row), row]));
  const known = new Set(recorded.map(key));
  return [
    ...recorded.flatMap((row) => {
      const other = byKey.get(key(row));
      if (other === undefined) return [`${key(row)}: missing`];
      const tolerance = Number(row.tolerance);
      return (["value", "low", "high", "p"] as const).flatMap((column) => {
        const exact = tolerance === 0 || (column === "value" && row.part !== BY_CHANCE);
        const allowed = exact ? 0 : column === "p" ? P_TOLERANCE : tolerance;
        const [before, now] = [row[column], other[column]];
        const equal = before === now ||
          (allowed > 0 && before !== "" && now !== "" && Math.abs(Number(before) - Number(now)) <= allowed);
        return equal ? [] : [`${key(row)}: ${column} was ${before || "undefined"}, is ${now || "undefined"}`];
      });
    }),
    ...found.filter((row) => !known.has(key(row))).map((row) => `${key(row)}: new`),
  ];
}

/** A table as text. */
export function writeNumbers(rows: readonly NumberRow[]): string {
  const quoted = (text: string) => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [COLUMNS.join(","), ...rows.map((row) => COLUMNS.map((column) => quoted(row[column])).join(","))]
    .map((line) => line + "\n").join("");
}

/** Reads a CSV with a header; none of the golden ones has line breaks in a cell. */
export function readCsv(text: string): Record<string, string>[] {
  const [header, ...lines] = text.trimEnd().split(/\r?\n/).map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
      quoted === undefined ? plain! : quoted.replaceAll('""', '"')
    )
  );
  return lines.map((cells) => Object.fromEntries(header!.map((name, i) => [name, cells[i] ?? ""])));
}

const camelCase = (snake: string) => snake.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `{ value, interval, pValue }` by name. */
function measures(key: Part, all: Json): Part[] {
  return Object.entries(all ?? {}).map(([metric, measure]) => measured({ ...key, metric }, measure));
}

function measured(key: Part, { value, interval, pValue }: Json): Part {
  return { ...key, value, low: interval?.low, high: interval?.high, p: pValue };
}

function auditRows({ data, settings, overall, attributes }: Json): Part[] {
  const model = data.columns.score;
  return [
    { model, metric: "rows", value: data.rows },
    { model, metric: "threshold", value: settings.threshold },
    ...measures({ model, part: "decisions" }, overall.metrics),
    ...measures({ model, part: "calibration" }, overall.calibration),
    ...measures({ model, part: "ranking" }, overall.rankingQuality?.metrics),
    ...measures({ model, part: "counterfactual" }, overall.counterfactual),
    ...(overall.reliability ?? []).flatMap((point: Json) =>
      ["count", "meanScore", "positiveRate"].map((metric) => ({
        model,
        part: "reliability",
        metric,
        value: point[metric],
        detail: `${point.low} to ${point.high}`,
      }))
    ),
    ...attributes.flatMap((attribute: Json) => attributeRows(model, attribute)),
  ];
}

function attributeRows(model: string, audit: Json): Part[] {
  const { attribute, groups, disparities, amongLarge, distances, ranking, counterfactual, controlled } = audit;
  const key = { model, attribute };
  const gaps = (list: Json, detail: string): Part[] =>
    (list ?? []).map((gap: Json) => measured({ ...key, part: "disparity", metric: gap.name, detail }, gap));
  return [
    ...groups.flatMap(({ group, count, metrics, impactRatio, calibration }: Json) => [
      { ...key, group, metric: "count", value: count },
      ...measures({ ...key, group, part: "decisions" }, metrics),
      measured({ ...key, group, part: "decisions", metric: "impactRatio" }, impactRatio),
      ...measures({ ...key, group, part: "calibration" }, calibration),
    ]),
    ...gaps(disparities, ""),
    ...gaps(amongLarge?.disparities, "among large groups"),
    ...(controlled ?? []).flatMap(({ level, disparities }: Json) => gaps(disparities, `control ${level}`)),
    ...distances.flatMap((pair: Json) =>
      ["meanDifference", "wasserstein", "kolmogorovSmirnov"].map((metric) => ({
        ...key,
        part: "distance",
        group: pair.a,
        against: pair.b,
        metric,
        value: pair[metric].value,
        p: pair[`${metric}P`]?.value,
      }))
    ),
    ...(counterfactual?.groups ?? []).flatMap(({ group, count, metrics }: Json) => [
      { ...key, group, part: "counterfactual", metric: "count", value: count },
      ...measures({ ...key, group, part: "counterfactual" }, metrics),
    ]),
    ...(ranking === null ? [] : rankingRows(key, ranking)),
  ];
}

function rankingRows(key: Part, { groups, overall, jobs, pairwise }: Json): Part[] {
  const part = "ranking";
  return [
    ...groups.flatMap(({ group, metrics }: Json) => measures({ ...key, group, part }, metrics)),
    ...measures({ ...key, part }, overall),
    ...jobs.flatMap((job: Json) => [
      ...["exposureRatio", "ndkl", "minSkew", "maxSkew"].map((metric) =>
        measured({ ...key, part, metric, detail: `job ${job.job}` }, job[metric])
      ),
      ...job.groups.flatMap((own: Json) =>
        ["candidates", "selected", "topKShare", "exposure", "skew"].map((metric) => ({
          ...key,
          part,
          group: own.group,
          metric,
          value: metric === "skew" ? own.skew.value : own[metric],
          detail: `job ${job.job}`,
        }))
      ),
    ]),
    ...(pairwise ?? []).map(({ group, accuracy }: Json) =>
      measured({ ...key, part, group, metric: "pairwiseAccuracy" }, accuracy)
    ),
  ];
}

/** `{ estimate, interval, pValue }` by name. */
function estimates(key: Part, all: Json): Part[] {
  return Object.entries(all ?? {}).map(([metric, { estimate, interval, pValue }]: [string, Json]) =>
    measured({ ...key, metric }, { value: estimate.value, interval, pValue })
  );
}

function qualityRows({ rows, positives, candidates, base, tuned, change, leakage }: Json): Part[] {
  const counts = { rows, positives, candidates };
  const leaked = (["base", "tuned", "change"] as const).flatMap((model) =>
    Object.entries(leakage ?? {}).flatMap(([attribute, found]: [string, Json]) =>
      leakageRows(
        model === "change" ? { model: "tuned", reference: "base", attribute } : { model, attribute },
        found[model],
      )
    )
  );
  const changed = { model: "tuned", reference: "base" };
  return [
    ...Object.entries(counts).map(([metric, value]) => ({ metric, value })),
    ...modelRows("base", base),
    ...modelRows("tuned", tuned),
    ...estimates(changed, change.overall),
    ...Object.entries(change.gaps).flatMap(([attribute, gaps]) => estimates({ ...changed, attribute }, gaps)),
    ...leaked,
  ];
}

function modelRows(model: string, { threshold, overall, groundTruthRocAuc, counterfactual, attributes }: Json): Part[] {
  return [
    { model, metric: "threshold", value: threshold },
    ...estimates({ model }, { ...overall, ...(groundTruthRocAuc ? { groundTruthRocAuc } : {}), ...counterfactual?.metrics }),
    ...(counterfactual ? [{ model, metric: "counterfactualRows", value: counterfactual.rows }] : []),
    ...Object.entries(attributes).flatMap(([attribute, { groups, gaps }]: [string, Json]) => [
      ...groups.flatMap(({ group, count, positives, metrics }: Json) => [
        { model, attribute, group, metric: "count", value: count },
        { model, attribute, group, metric: "positives", value: positives },
        ...estimates({ model, attribute, group }, metrics),
      ]),
      ...estimates({ model, attribute }, gaps),
    ]),
  ];
}

function leakageRows(key: Part, found: Json): Part[] {
  const own = { ...key, part: "leakage" };
  const names = ["accuracy", "balancedAccuracy", "macroAuc"];
  return [
    ...names.map((metric) =>
      measured({ ...own, metric }, {
        value: found[metric].estimate.value,
        interval: found[metric].interval,
        pValue: found.pValues?.[metric],
      })
    ),
    ...["majorityAccuracy", "chanceBalancedAccuracy"].flatMap((metric) =>
      found[metric] ? [measured({ ...own, metric }, found[metric])] : []
    ),
    ...(found.people === undefined ? [] : [{ ...own, metric: "people", value: found.people }]),
    ...(found.groups ?? []).flatMap(({ group, count, recall }: Json) => [
      { ...own, group, metric: "count", value: count },
      ...estimates({ ...own, group }, { recall }),
    ]),
  ];
}

function predictionRows(rows: readonly Record<string, string>[]): Part[] {
  return rows.flatMap((row) =>
    (["base", "tuned"] as const).flatMap((model) => [
      { model, part: "prediction", metric: "score", value: row[`${model}_score`], detail: `row ${row.row}` },
      {
        model,
        part: "prediction",
        metric: "counterfactualScore",
        value: row[`${model}_counterfactual_score`],
        detail: `row ${row.row}`,
      },
    ])
  );
}

function historyRows(text: string): Part[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line)).flatMap(({ step, loss, gradNorm, terms }: Json) =>
    Object.entries({ loss, gradNorm, ...terms }).map(([metric, value]) => ({
      part: "history",
      metric,
      value: value as number,
      detail: `step ${step}`,
    }))
  );
}

function epochRows(rows: readonly Record<string, string>[]): Part[] {
  return rows.flatMap(({ epoch, ...columns }) =>
    Object.entries(columns).map(([column, value]) => ({
      part: "history",
      ...attributeAndMetric(column),
      value,
      detail: `epoch ${epoch}`,
    }))
  );
}

function inferRows(rows: readonly Record<string, string>[]): Part[] {
  return rows.flatMap((row, i) =>
    ["score", "probability", "accepted"].map((metric) => ({
      part: "prediction",
      metric,
      value: row[metric],
      detail: `row ${i + 1}`,
    }))
  );
}

function embeddingRows(printed: string): Part[] {
  return printed.trimEnd().split("\n").flatMap((line) => {
    const { text, embedding } = JSON.parse(line);
    return embedding.map((value: number, i: number) => ({ part: text, metric: "embedding", value, detail: `${i}` }));
  });
}

/** A column such as `education_equalized_odds_difference`. */
function attributeAndMetric(column: string): { attribute: string; metric: string } {
  const attribute = ["education", "town"].find((name) => column.startsWith(`${name}_`)) ?? "";
  return { attribute, metric: camelCase(attribute === "" ? column : column.slice(attribute.length + 1)) };
}

function trialRows(rows: readonly Record<string, string>[]): Part[] {
  return rows.flatMap(({ variant, seed, ...columns }) =>
    Object.entries(columns).flatMap(([column, value]) => {
      const found = /^(evaluation_)?(base|tuned)_(.*)$/.exec(column);
      if (found === null) return [];
      const model = found[2] === "tuned" ? variant! : `base model of ${variant}`;
      return [{
        model,
        seed: seed!,
        ...attributeAndMetric(found[3]!),
        value,
        detail: found[1] ? "evaluation" : "test",
      }];
    })
  );
}

function summaryRows(rows: readonly Record<string, string>[]): Part[] {
  return rows.flatMap((row) => {
    const key = { model: row.point!, attribute: row.attribute!, metric: camelCase(row.metric!) };
    const detail = `${row.table}, ${row.estimate} over ${row.interval_over}`;
    const reference = row.difference_from!;
    const more = (part: string, value: string, ends: Part, where: Part): Part[] =>
      value === "" ? [] : [{ ...key, ...where, part, value, ...ends, detail }];
    return [
      { ...key, value: row.value!, low: row.low!, high: row.high!, p: row.p_value!, detail },
      ...more(BY_CHANCE, row.expected_by_chance!, {}, {}),
      ...more("", row.difference!, { low: row.difference_low!, high: row.difference_high! }, { reference }),
      ...more("part left", row.part_left!, { low: row.part_left_low!, high: row.part_left_high! }, { reference }),
    ];
  });
}

function frontRows(rows: readonly Record<string, string>[]): Part[] {
  return rows.map(({ point, table, attribute, gap, on_front }) => ({
    model: point!,
    part: "front",
    attribute: attribute!,
    metric: "onFront",
    against: camelCase(gap!),
    value: on_front!,
    detail: table!,
  }));
}
