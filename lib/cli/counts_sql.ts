/** The SQL by which a warehouse makes the table that `deno task metrics --counts` audits. */
import { InputError } from "../errors.ts";
import { checkBinning } from "../evaluate/mod.ts";
import { shellQuoted } from "../printable.ts";
import type { MetricsOptions } from "./metrics.ts";

/** Whose SQL. */
export const SQL_DIALECTS = ["duckdb", "spark", "bigquery"] as const;
type Dialect = (typeof SQL_DIALECTS)[number];

interface Words {
  /** The type of scores. */
  readonly double: string;
  /** A name of a column or table. */
  readonly name: (name: string) => string;
  /** A file as a table; `null` where there are only tables. */
  readonly file: ((path: string, format: string) => string) | null;
}

const doubled = (mark: string) => (name: string) => mark + name.replaceAll(mark, mark + mark) + mark;

const WORDS: Readonly<Record<Dialect, Words>> = {
  duckdb: { double: "DOUBLE", name: doubled('"'), file: (path) => doubled("'")(path) },
  spark: { double: "DOUBLE", name: doubled("`"), file: (path, format) => `${format}.${doubled("`")(path)}` },
  bigquery: {
    double: "FLOAT64",
    name: (name) => "`" + name.replaceAll("\\", "\\\\").replaceAll("`", "\\`") + "`",
    file: null,
  },
};

/** What the table says of each kind of rows. */
const COUNTS_COLUMN = "n";

type Asked = Pick<
  MetricsOptions,
  "input" | "score" | "group" | "label" | "weight" | "control" | "cluster" | "threshold" | "binWidth"
>;

/**
 * A query with a line per group × label × decision × weight (and control and cluster, where they are named), and how
 * many rows that is; with `binWidth` the decision is replaced by the middle of the score's bin.
 *
 * @throws {InputError} If there are several scores, or the bins do not fit the threshold.
 */
export function countsSql(dialect: Dialect, options: Asked): string {
  const { input, score, group, label, weight, control, cluster, binWidth } = options;
  const [threshold = 0.5] = [options.threshold ?? []].flat();
  if (score.length !== 1) throw new InputError(`--counts-sql: expected one --score column, found ${score.length}`);
  const { name } = WORDS[dialect];
  const kept = [...new Set([...group, label, weight, control, cluster].filter((column) => column !== undefined))];
  const taken = [...kept, score[0]!].find((column) => column === COUNTS_COLUMN);
  if (taken !== undefined) throw new InputError(`--counts-sql: expected no column "${taken}", which holds the counts`);
  const own = binWidth === undefined ? decisionSql(dialect, score[0]!, threshold) : binSql(dialect, score[0]!, {
    width: binWidth,
    threshold,
  });
  const columns = [...kept.map(name), `${own.sql} AS ${name(own.column)}`];
  const keys = columns.map((_, i) => i + 1).join(", ");
  const flags = [
    ...group.map((one) => `--group ${shellQuoted(one)}`),
    ...Object.entries({ label, weight, control, cluster })
      .flatMap(([key, one]) => one === undefined ? [] : [`--${key} ${shellQuoted(one)}`]),
    ...(binWidth === undefined ? [] : [`--threshold ${threshold} --bin-width ${binWidth}`]),
  ].join(" ").replaceAll(/[\r\n]+/g, " ");
  return `-- Then: deno task metrics --input counts.csv --score ${
    shellQuoted(own.column)
  } --counts ${COUNTS_COLUMN} ${flags}
SELECT
  ${[...columns, `COUNT(*) AS ${name(COUNTS_COLUMN)}`].join(",\n  ")}
FROM ${tableSql(dialect, input)}
GROUP BY ${keys}
ORDER BY ${keys}
`;
}

function scoreSql(dialect: Dialect, score: string): string {
  return `CAST(${WORDS[dialect].name(score)} AS ${WORDS[dialect].double})`;
}

function decisionSql(dialect: Dialect, score: string, threshold: number) {
  const number = scoreSql(dialect, score);
  const sql = `CASE WHEN ${number} >= ${double(threshold)} THEN 1 WHEN ${number} IS NOT NULL THEN 0 END`;
  return { sql, column: "decision" };
}

/** `binMiddle()` in SQL, operation by operation. */
function binSql(dialect: Dialect, score: string, { width, threshold }: { width: number; threshold: number }) {
  checkBinning({ width, threshold });
  const number = scoreSql(dialect, score), w = double(width);
  const bin = `FLOOR((${number} - ${double(threshold)}) / ${w}) + ${double(Math.round(threshold / width) + 0.5)}`;
  const top = `${double(Math.round(1 / width) - 0.5)} * ${w}`;
  const sql = threshold < 1 ? `CASE WHEN ${number} = 1 THEN ${top} ELSE (${bin}) * ${w} END` : `(${bin}) * ${w}`;
  return { sql, column: score };
}

/** A literal of double precision: `0.5` alone is a decimal in DuckDB and Spark. */
function double(x: number): string {
  const text = String(x);
  return text.includes("e") ? text : `${text}e0`;
}

/** A table by its name, or a file. */
function tableSql(dialect: Dialect, input: string): string {
  const { name, file } = WORDS[dialect];
  const [, format] = /\.(csv|tsv|json|jsonl|parquet)(?:\.gz)?$/i.exec(input) ?? [];
  if (format === undefined) return input.split(".").map(name).join(".");
  if (file === null) {
    throw new InputError(`--counts-sql ${dialect}: expected the name of a table as --input, found the file ${input}`);
  }
  return file(input, format.toLowerCase().replace("jsonl", "json").replace("tsv", "csv"));
}
