/** `deno task init`: looks at a table, says what it takes each column for, and writes a configuration for it. */
import { bold, dim } from "@std/fmt/colors";
import { z } from "zod";
import { readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { exists, writeText } from "../files.ts";
import { shellQuoted } from "../printable.ts";
import { right, tableText } from "../report/mod.ts";
import { configSchema, FolderName, parseConfig, type PartialConfig } from "../train/mod.ts";
import { flag, option, optionalText, texts, verb } from "./command.ts";
import { askList, askRoles, lookAtColumns, ROLES, rolesOf, terminalAsk } from "./init/roles.ts";
import type { Ask, ColumnLook, Role } from "./init/roles.ts";
import { folderOf, keepOnly } from "./permissions.ts";
import { TABLE_FORMATS } from "./table_options.ts";

const INIT_OPTIONS = z.object({
  input: option(optionalText, "-i, --input <file>", `the table: ${TABLE_FORMATS}, a row per résumé–job pair`),
  name: option(optionalText, "-n, --name <name>", "of the runs; default: the file's"),
  column: option(texts, "-c, --column <role=name>", `says what a column is: ${ROLES.join(", ")} or none; repeatable`),
  positive: option(texts, "-p, --positive <label>", "a word in the label column that means a match; repeatable"),
  output: option(optionalText, "-o, --output <file>", "the configuration; default: configs/<name>.json"),
  force: option(flag, "-f, --force", "replace a configuration that is there"),
  yes: option(flag, "-y, --yes", "take every guess; without a terminal nothing is asked either"),
  schema: option(flag, "--schema", "only write configs/schema.json anew, with which editors check configurations"),
});

export const init = verb(
  [
    "init",
    "Look at a table, say what its columns are taken for, ask what is not so, and write a configuration for it",
    "deno task init --input data/raw/pairs.csv",
    "deno task init --input data/raw/pairs.csv --column label=outcome --positive Hired --column group=gender --yes",
  ],
  INIT_OPTIONS,
  async (options) => {
    await keepOnly({ write: ["configs", folderOf(options.output)], tables: [options.input ?? "hf://"] });
    await initRun(options);
  },
);

/** Rows that are looked at: enough to tell what a column holds. */
const LOOKED_AT = 2000;
const SCHEMA = "configs/schema.json";

/** The text of `configs/schema.json`. */
export function schemaText(): string {
  return JSON.stringify(configSchema(), null, 2) + "\n";
}

/** How it talks: to the terminal, and to whoever sits at it, if it may ask. */
interface Talk {
  readonly print?: (text: string) => void;
  readonly ask?: Ask | null;
}

/**
 * Writes a configuration for a table, with the roles that its columns seem to have or are given. Throws an InputError
 * when the table cannot be read, a role has no column, or the configuration is there already.
 */
export async function initRun(
  { input, name, column, positive, output, force, yes, schema }: z.output<typeof INIT_OPTIONS>,
  { print = console.log, ask = yes ? null : terminalAsk() }: Talk = {},
): Promise<void> {
  if (schema) {
    await writeText(SCHEMA, schemaText());
    return print(`${bold(SCHEMA)} describes the keys of a configuration to editors`);
  }
  const path = input ?? ask?.("Which table, a row per résumé–job pair?", "data/raw/demo.csv");
  if (path === undefined) throw new InputError("--input: expected a table to look at, found none");
  const looks = await lookAtColumns(readTable(path, { requireRows: true }), LOOKED_AT);
  const given = givenRoles(column, looks);
  print(`${bold(path)}, ${looks[0]!.rows === LOOKED_AT ? "its first " : ""}${looks[0]!.rows} rows\n`);
  print(describe(looks, rolesOf(looks, given)));
  if (ask) print("Enter takes what stands in brackets.");
  const taken = rolesOf(looks, ask ? askRoles(looks, given, ask) : given);
  const labels = looks.find((look) => taken.get(look.name)!.role === "label");
  const matches = ask && labels && positive.length === 0 ? askPositive(labels, ask) : positive;
  const called = ask && name === undefined ? ask("Name of the runs?", nameOf(path, name)) : name;
  const config = configurationOf(path, { looks, taken, positive: matches, name: nameOf(path, called) });
  parseConfig(config, "the configuration");
  const written = output ?? `configs/${config.name}.json`;
  await writeConfiguration(config, { path: written, force, ask });
  print(`${bold(written)} is written. Go on with\n`);
  print(nextCommands(written, path, config.name!).map((command) => `  ${command}`).join("\n") + "\n");
}

async function writeConfiguration(
  config: PartialConfig,
  { path, force, ask }: { readonly path: string; readonly force: boolean | undefined; readonly ask: Ask | null },
): Promise<void> {
  const isFree = force || !await exists(path) || ask && /^y(es)?$/i.test(ask(`${path} is there. Replace it?`, "no"));
  if (!isFree) {
    throw new InputError(
      `${path}: expected no such file yet, found one; --force replaces it, --name takes another name`,
    );
  }
  await writeText(path, JSON.stringify({ $schema: schemaFrom(path), ...config }, null, 2) + "\n");
}

function nameOf(input: string, name: string | undefined): string {
  const own = name ?? input.replace(/^.*[\\/]/, "").replace(/\.[^.]*$/, "").replace(/[^\w.-]+/g, "-");
  const checked = FolderName.safeParse(own);
  if (!checked.success) throw new InputError(`--name: ${checked.error.issues[0]!.message}, found "${own}"`);
  return own;
}

/** `role=column`, each role once but for groups. */
function givenRoles(pairs: readonly string[], looks: readonly ColumnLook[]): Map<string, Role | null> {
  const given = new Map<string, Role | null>();
  for (const pair of pairs) {
    const [role, ...rest] = pair.split("=");
    const column = rest.join("=");
    if (!looks.some(({ name }) => name === column)) {
      const names = looks.map(({ name }) => `"${name}"`).join(", ");
      throw new InputError(`--column ${pair}: expected a column of the table (${names}), found "${column}"`);
    }
    if (role !== "none" && !ROLES.includes(role as Role)) {
      throw new InputError(`--column ${pair}: expected one of ${ROLES.join(", ")} or none, found "${role}"`);
    }
    given.set(column, role === "none" ? null : role as Role);
  }
  return given;
}

type Taken = ReturnType<typeof rolesOf>;

function describe(looks: readonly ColumnLook[], taken: Taken): string {
  const rows = looks.map((look) => {
    const { role, why } = taken.get(look.name)!;
    return [look.name, role ?? dim("not used"), why, String(look.different)];
  });
  return tableText({ columns: ["column", "taken for", "because", right("different values")], rows });
}

/** The configuration, without keys whose default will do. */
function configurationOf(
  input: string,
  { looks, taken, positive, name }: {
    readonly looks: readonly ColumnLook[];
    readonly taken: Taken;
    readonly positive: readonly string[];
    readonly name: string;
  },
): PartialConfig {
  const named = (role: Role) => looks.filter(({ name }) => taken.get(name)!.role === role).map(({ name }) => name);
  const [resume] = named("resume"), [job] = named("job"), [label] = named("label");
  for (const [role, found] of Object.entries({ resume, job, label })) {
    if (found !== undefined) continue;
    throw new InputError(`${input}: no column looks like the ${role}; say which it is with --column ${role}=<name>`);
  }
  const optional = (["candidateId", "jobId", "groundTruth", "split"] as const).flatMap((role) =>
    named(role).slice(0, 1).map((column) => [role, column] as const)
  );
  const groups = named("group").map((column) => ({ name: column, column }));
  const labels = labelsOf(looks.find(({ name }) => name === label)!, positive);
  return {
    name,
    data: {
      path: input,
      columns: { resume, job, label, ...Object.fromEntries(optional) },
      ...(labels && { labels }),
      groups: groups.length > 0 ? groups : [{ name: "education", extract: "degree" }],
    },
  };
}

/** What the words of a label column mean; `undefined` where it holds numbers. */
function labelsOf(look: ColumnLook, positive: readonly string[]): Record<string, number> | undefined {
  if (look.isUnit && positive.length === 0) return undefined;
  const words = look.values;
  const unknown = positive.find((word) => !words.includes(word));
  if (unknown !== undefined) {
    throw new InputError(
      `--positive: expected one of ${words.map((word) => `"${word}"`).join(", ")}, found "${unknown}"`,
    );
  }
  const means = (word: string) => positive.length > 0 ? Number(positive.includes(word)) : meaningOf(word);
  const labels = words.map((word) => [word, means(word)] as const);
  const unclear = labels.find(([, value]) => value === null);
  if (unclear) {
    throw new InputError(
      `column "${look.name}": expected numbers from 0 to 1 or words such as yes and no, found "${unclear[0]}"; ` +
        "say with --positive which words mean a match",
    );
  }
  return Object.fromEntries(labels) as Record<string, number>;
}

/** Which words mean a match. None: what the words say by themselves, which may be something in between. */
function askPositive(look: ColumnLook, ask: Ask): string[] {
  if (look.isUnit) return [];
  const guess = look.values.filter((word) => meaningOf(word) === 1);
  const question = `Which words in "${look.name}" mean a match, with commas?`;
  const positive = askList(question, { ask, known: look.values, guess, most: Infinity });
  const isClear = look.values.every((word) => meaningOf(word) !== null);
  return isClear && `${positive}` === `${guess}` ? [] : positive;
}

/** What people write for a match, for none, and for something in between. */
const MEANINGS: readonly (readonly [RegExp, number])[] = [
  [/^(no|not|false|0|rejected?|declined?|unfit|bad|mismatch)\b|^no\b|non[- ]?match|^negative$/i, 0],
  [/potential|partial|maybe|medium|borderline/i, 0.5],
  [/^(yes|true|1|good|hired?|accepted?|selected|shortlisted|match|fit|positive|offer)/i, 1],
];

function meaningOf(word: string): number | null {
  return MEANINGS.find(([pattern]) => pattern.test(word.trim()))?.[1] ?? null;
}

/** How editors find the schema from the configuration: relative where both lie in configs/. */
function schemaFrom(path: string): string {
  return /^configs\/[^/]+$/.test(path) ? "./schema.json" : SCHEMA;
}

function nextCommands(path: string, input: string, name: string): string[] {
  return [
    `deno task prepare --input ${shellQuoted(input)} --output data/processed/${shellQuoted(`${name}.csv`)} --config ${
      shellQuoted(path)
    }`,
    `deno task train --config ${shellQuoted(path)}`,
    `deno task report --run ${shellQuoted(`models/lora_adapters/${name}`)} --output ${shellQuoted(`reports/${name}`)}`,
  ];
}
