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
    if (file.endsWith("evaluation.csv")) rows.push(...evaluationRows(readCsv(text), /^(test|evaluation)_evaluation/.exec(file)?.[1] ?? ""));
    else if (file.endsWith("distances.csv")) rows.push(...distanceRows(readCsv(text)));
    else if (file.endsWith("queries.csv")) rows.push(...queryRows(readCsv(text)));
    else if (file.endsWith("predictions.csv")) rows.push(...predictionRows(readCsv(text)));
    else if (file.endsWith("history.jsonl")) rows.push(...historyRows(text));
    else if (file.endsWith("epoch_metrics.csv")) rows.push(...epochRows(readCsv(text)));
    else if (file === "scores.csv") rows.push(...inferRows(readCsv(text)));
    else if (file === "sweep.csv") rows.push(...trialRows(readCsv(text)));
    else if (file === "front.csv") rows.push(...frontRows(readCsv(text)));
    else if (file === "hashes.txt") rows.push({ metric: "adapterSha256", value: text.slice(0, 64) });
    else if (name === "infer_embeddings") rows.push(...embeddingRows(text));
  }
  return rows.map((row) => {
    const full = { ...row, case: name, command };
    const line = Object.fromEntries(COLUMNS.map((column) => [column, cell(full[column])])) as NumberRow;
    return { ...line, tolerance: toleranceOf(line) };
  });
}

/** 17 significant digits are what brings a number back bit by bit; `String` writes as many of them as that takes. */
const cell = (value: string | number | null | undefined) => value === null || value === undefined ? "" : String(value);

/**
 * Intervals of `metrics` are exact; others may move by Monte Carlo error: about four standard errors of 200
 * resamples' ends.
 */
function toleranceOf({ command, part, low, high }: NumberRow): string {
  if (part.startsWith(EXPECTED)) return "0.04";
  if (command === "metrics" || low === "") return "0";
  return (0.25 * (Number(high) - Number(low)) + 0.02).toFixed(4);
}

/** What permutations give on average: the only values that are no exact numbers. */
const EXPECTED = "expected under independence";

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
        const exact = tolerance === 0 || (column === "value" && !row.part.startsWith(EXPECTED));
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

/** `evaluation.csv`: a line per number and interval already. */
function evaluationRows(rows: readonly Record<string, string>[], table: string): Part[] {
  return rows.flatMap((row) => {
    const over = row.interval_over === "people" ? "" : row.interval_over!;
    const key: Part = {
      model: row.model!,
      reference: row.compared_with!,
      attribute: row.attribute!,
      group: row.group!,
      metric: row.metric!,
      part: row.part!,
      detail: [table, row.level, over].filter((text) => text !== "").join(", "),
    };
    return [
      { ...key, value: row.value!, low: row.low!, high: row.high!, p: row.p_value! },
      ...(row.expected === "" ? [] : [{ ...key, part: `${EXPECTED}, ${row.part}`, value: row.expected! }]),
      ...(row.rows === "" || row.metric !== "selectionRate" || row.part !== "decisions"
        ? []
        : [{ ...key, metric: "count", value: row.rows! }]),
    ];
  });
}

function distanceRows(rows: readonly Record<string, string>[]): Part[] {
  const metrics = [
    ["meanDifference", "mean_difference", ""],
    ["wasserstein", "wasserstein", "wasserstein_p"],
    ["kolmogorovSmirnov", "ks", "ks_p"],
  ] as const;
  return rows.flatMap((row) =>
    metrics.map(([metric, column, p]) => ({
      model: row.model!,
      attribute: row.attribute!,
      part: "distance",
      group: row.a!,
      against: row.b!,
      metric,
      value: row[column]!,
      p: p === "" ? "" : row[p]!,
    }))
  );
}

function queryRows(rows: readonly Record<string, string>[]): Part[] {
  return rows.flatMap((row) =>
    ["candidates", "selected", "top_k_share", "mean_exposure", "skew", "ndkl"].map((metric) => ({
      model: row.model!,
      attribute: row.attribute!,
      part: "ranking",
      group: row.group!,
      metric: camelCase(metric),
      value: row[metric]!,
      detail: `query ${row.query}`,
    }))
  );
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

function frontRows(rows: readonly Record<string, string>[]): Part[] {
  return rows.map(({ model, table, attribute, metric, on_front }) => ({
    model: model!,
    part: "front",
    attribute: attribute!,
    metric: "onFront",
    against: metric!,
    value: on_front!,
    detail: table!,
  }));
}
