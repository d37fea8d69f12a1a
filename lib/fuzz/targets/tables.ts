/** Tables: as text and Parquet, as examples, prepared, and audited. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { METRICS_OPTIONS } from "../../cli/metrics.ts";
import { checkOptions } from "../../cli/command.ts";
import { initRun } from "../../cli/init.ts";
import { prepareRun } from "../../cli/prepare.ts";
import { auditRandomTable, auditTable, randomTable } from "../../cli/random_tables_testing.ts";
import { exampleOptions, joinParts, loadExamples, overrideData, readHeader, readTable } from "../../data/mod.ts";
import { loadConfig, parseConfig } from "../../train/mod.ts";
import type { Input } from "../mutate.ts";
import { checkFinite, checkWords, expectThat, Nonsense, optionsOf, type Target } from "../target.ts";
import { bytes, head, testFile, testText } from "./seeds.ts";

const sha256Of = (text: string) => createHash("sha256").update(text).digest("hex");

const SCORED = head(testText("golden_outputs/inputs/scored.csv"), 40);
const PAIRS = head(testText("golden_outputs/inputs/pairs.csv"), 30);

/** Commas within quotes are the only ones that stay. */
const retabbed = (text: string) => text.replaceAll(/"(?:[^"]|"")*"|,/g, (part) => part === "," ? "\t" : part);

function asLines(csv: string): string {
  const [names = [], ...rows] = csv.trim().split("\n").map((line) => line.split(","));
  return rows.map((row) => JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))))
    .join("\n") + "\n";
}

const small = 'name,"note, long",score\nAnn,"said ""yes""\nand left",0.5\nBob,,1e-3\n;,"",7\n';

const TEXTS = [SCORED, PAIRS, small];

/** Reads a table of the one name in the working folder as its header and its rows. */
function reading(name: string, file: string, seeds: readonly Input[]): Target {
  return {
    name,
    seeds,
    run: async (input) => {
      const asked = optionsOf(input, ReadOptions);
      const names = await readHeader(file, asked);
      let last = 0;
      for await (const { row, values } of readTable(file, { ...asked, keepOthers: true })) {
        expectThat(row > last, `row ${row} follows row ${last}`);
        last = row;
        const wrong = Object.entries(values).find(([, value]) => typeof value !== "string");
        if (wrong) throw new Nonsense(`row ${row}, column "${wrong[0]}" holds ${typeof wrong[1]}`);
        const missing = names.find((own) => !Object.hasOwn(values, own));
        expectThat(missing === undefined, `row ${row} has no column "${missing}"`);
      }
    },
  };
}

const ReadOptions = z.object({
  delimiter: z.string().optional(),
  encoding: z.string().optional(),
  used: z.array(z.string()).optional(),
});

const withOptions = (files: Input["files"]): Input[] => [
  { files },
  { files, options: JSON.stringify({ delimiter: ",", encoding: "utf-8" }) },
];

const packings = ["none", "snappy", "gzip", "zstd", "brotli"];

const READ: readonly Target[] = [
  reading("csv", "table.csv", TEXTS.flatMap((text) => withOptions({ "table.csv": bytes(text) }))),
  reading("tsv", "table.tsv", TEXTS.map((text) => ({ files: { "table.tsv": bytes(retabbed(text)) } }))),
  reading("jsonl", "table.jsonl", TEXTS.map((text) => ({ files: { "table.jsonl": bytes(asLines(text)) } }))),
  reading(
    "json table",
    "table.json",
    TEXTS.map((text) => ({ files: { "table.json": bytes(`[${asLines(text).trim().replaceAll("\n", ",")}]`) } })),
  ),
  reading(
    "parquet",
    "table.parquet",
    packings.map((packing) => ({ files: { "table.parquet": testFile(`tables/${packing}.parquet`) } })),
  ),
  reading(
    "gz",
    "table.csv.gz",
    TEXTS.map((text) => ({ files: { "table.csv.gz": Uint8Array.from(gzipSync(text)) } })),
  ),
];

const DATA = {
  path: "pairs.csv",
  columns: { candidateId: "person", jobId: "job_id", groundTruth: "truth", split: null },
  groups: [{ name: "education", extract: "degree" }, { name: "town", column: "town" }],
};

const PAIR_OPTIONS = [
  { data: DATA, table: {} },
  { data: { ...DATA, labels: { "0": 0, "1": 1, maybe: 0.5 } }, table: { decimal: ",", missing: ["-"] } },
  {
    data: DATA,
    table: { positive: ["1"], negative: ["0"], merge: ["town:city=rural"], column: ["groundTruth=label"] },
  },
  { data: DATA, table: { delimiter: ",", encoding: "windows-1252", column: ["jobId=", "education=town"] } },
];

const texts = z.array(z.string()).optional();
const PairOptions = z.object({
  data: z.unknown(),
  table: z.object({
    delimiter: z.string().optional(),
    encoding: z.string().optional(),
    decimal: z.enum([".", ","]).optional(),
    missing: texts,
    positive: texts,
    negative: texts,
    merge: texts,
    column: texts,
  }),
});

/** The configuration of pairs, as files and options of a command say it. */
function pairConfig(input: Input) {
  const { data, table } = optionsOf(input, PairOptions);
  const config = parseConfig({ data });
  return { ...config, data: overrideData(config.data, table) };
}

const pairSeeds: Input[] = PAIR_OPTIONS.map((options) => ({
  files: { "pairs.csv": bytes(PAIRS) },
  options: JSON.stringify(options),
}));

/** Lines of queries, as FlagEmbedding has them. */
const QUERIES = [
  { query: "a nurse", pos: ["nurse, B.Sc."], neg: ["baker", "pilot"], pos_scores: [2.5], neg_scores: [-1, 0.5] },
  { query: "a baker", pos: ["baker"], neg: [], prompt: "Find: ", type: "symmetric_sts" },
].map((line) => JSON.stringify(line)).join("\n");

const querySeed: Input = {
  files: { "pairs.csv": bytes(QUERIES) },
  options: JSON.stringify({ data: { groups: [{ name: "education", extract: "degree" }] }, table: {} }),
};

const examples: Target = {
  name: "examples",
  seeds: [...pairSeeds, querySeed],
  run: async (input) => {
    const { data } = pairConfig(input);
    const { examples, notes } = await loadExamples("pairs.csv", exampleOptions(data));
    checkFinite(examples, "examples");
    for (const { label, groups } of examples) {
      expectThat(label === null || (label >= 0 && label <= 1), `a label is ${label}`);
      for (const group of Object.values(groups)) {
        expectThat(typeof group === "string" && group !== "", `a group is ${JSON.stringify(group)}`);
      }
    }
    checkWords(notes.join("\n"), input);
  },
};

const prepare: Target = {
  name: "prepare",
  seeds: pairSeeds,
  run: async (input) => {
    let printed = "";
    const print = (text: string) => void (printed += text);
    const report = await prepareRun(pairConfig(input), { input: "pairs.csv", output: "prepared.csv", print });
    checkFinite(report, "report");
    checkWords(printed, input);
    const rows = await Array.fromAsync(readTable("prepared.csv"));
    expectThat(rows.length === report.rowsWritten, `${report.rowsWritten} rows written, ${rows.length} read back`);
  },
};

/** What can be typed. */
const TypedOptions = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.array(z.number())]),
);

const AUDITS = [
  { score: ["score"], group: ["education"], label: "label", resamples: 3 },
  { score: ["score", "second_score"], group: ["education", "town"], label: "truth", intersections: true, resamples: 3 },
  { score: ["score"], group: ["town"], label: "label", positive: ["1"], negative: ["0"], merge: ["city=rural"] },
  { score: ["score"], group: ["education"], rankBy: "job", topK: 3, cluster: "candidate", weight: "weight" },
  { score: ["score"], group: ["education"], threshold: 0.5, control: "town", dropMissing: true, decimal: "." },
  { score: ["score"], group: ["town"], acceptanceRate: 0.3, counterfactualScore: ["counterfactual_score"] },
];

const COUNTED = [
  ["decisions", { score: ["decision"] }],
  ["weighted", { score: ["decision"], weight: "weight" }],
  ["histogram", { score: ["score"], threshold: 0.5, binWidth: 0.01 }],
] as const;

const audits = (table: string, options: Record<string, unknown>): Input => ({
  files: { "table.csv": bytes(table) },
  options: JSON.stringify({ resamples: 3, ...options }),
});

const metrics = (name: string, seeds: readonly Input[]): Target => ({
  name,
  seeds,
  run: async (input) => {
    const { output: _output, rerank: _rerank, countsSql: _sql, ...asked } = optionsOf(input, TypedOptions);
    const options = checkOptions(METRICS_OPTIONS, { resamples: 3, ...asked, input: "table.csv" });
    checkWords(await auditTable({ ...options, resamples: Math.min(options.resamples, 30) }, false), input);
  },
});

const counts = metrics(
  "counts",
  COUNTED.map(([name, options]) =>
    audits(head(testText(`counts/${name}.csv`), 60), {
      counts: "n",
      group: ["education"],
      label: "hired",
      control: "region",
      ...options,
    })
  ),
);

const STRINGS = z.array(z.string());

const init: Target = {
  name: "init",
  seeds: [["label=label", "group=town"], ["label=truth"]].map((column): Input => ({
    files: { "table.csv": bytes(PAIRS) },
    options: JSON.stringify({ column: ["resume=resume", "job=job", ...column], positive: ["1"], name: "own" }),
  })),
  run: async (input) => {
    let printed = "";
    const asked = optionsOf(input, z.object({ column: STRINGS, positive: STRINGS, name: z.string() }));
    const options = { ...asked, input: "table.csv", output: "own.json", yes: true };
    await initRun(options, { print: (text) => printed += text, ask: null });
    checkWords(printed, input);
    checkFinite(await loadConfig("own.json"), "the configuration");
  },
};

const PARTS = ["row,score\n1,0.5\n", "row,score\n2,0.25\n"];

const parts: Target = {
  name: "parts",
  seeds: [{
    files: Object.fromEntries(PARTS.flatMap((text, i) => {
      const made = { run: "a".repeat(64) }, part = i + 1, of = PARTS.length;
      const manifest = { part, of, made, from: i, to: i + 1, rows: 2, written: 1, header: 10, sha256: sha256Of(text) };
      const name = `scored.csv.parts/${part}-of-${of}`;
      return [[`${name}.csv`, bytes(text)], [`${name}.json`, bytes(JSON.stringify(manifest))]];
    })),
  }],
  run: async () => {
    await joinParts("scored.csv");
    const rows = await Array.fromAsync(readTable("scored.csv"));
    expectThat(rows.length <= 2, `${rows.length} rows of two parts`);
  },
};

const tables: Target = {
  name: "random tables",
  seeds: (rng) => {
    const { csv, options } = randomTable(rng);
    return { files: { "table.csv": bytes(csv) }, options: JSON.stringify(options) };
  },
  // A group may be left out that was the only one known.
  mayRefuse: true,
  run: ({ files, options }) =>
    auditRandomTable({ csv: new TextDecoder().decode(files["table.csv"]), options: JSON.parse(options!) }, "."),
};

export const TABLES: readonly Target[] = [
  ...READ,
  examples,
  prepare,
  init,
  parts,
  metrics("metrics", AUDITS.map((options) => audits(SCORED, options))),
  counts,
  tables,
];
