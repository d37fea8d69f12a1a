/** What the columns of a table seem to hold, and what that is taken for. */
import type { TableRow } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { printable } from "../../printable.ts";

/** What a column may be in a configuration; `group` may be several. */
export const ROLES = ["resume", "job", "label", "candidateId", "jobId", "groundTruth", "split", "group"] as const;

/** One of {@linkcode ROLES}. */
export type Role = (typeof ROLES)[number];

/** What is seen of a column. */
export interface ColumnLook {
  readonly name: string;
  /** Rows looked at. */
  readonly rows: number;
  /** Letters of a value that is not empty, in the mean. */
  readonly letters: number;
  /** How many different values there are, empty ones apart. */
  readonly different: number;
  /** The first of them, at most {@linkcode MOST_VALUES}, the most frequent first. */
  readonly values: readonly string[];
  /** Whether all are numbers from 0 to 1. */
  readonly isUnit: boolean;
}

const MOST_VALUES = 30;

export async function lookAtColumns(rows: AsyncIterable<TableRow>, most: number): Promise<ColumnLook[]> {
  const seen = new Map<string, Map<string, number>>();
  let read = 0;
  for await (const { values } of rows) {
    for (const [name, text] of Object.entries(values)) {
      const counts = seen.get(name) ?? new Map<string, number>();
      seen.set(name, counts.set(text.trim(), (counts.get(text.trim()) ?? 0) + 1));
    }
    if (++read === most) break;
  }
  return [...seen].map(([name, counts]) => {
    counts.delete("");
    const values = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const filled = values.reduce((sum, [, count]) => sum + count, 0);
    const letters = values.reduce((sum, [text, count]) => sum + count * text.length, 0) / Math.max(1, filled);
    const isUnit = values.length > 0 && values.every(([text]) => Number(text) >= 0 && Number(text) <= 1);
    return {
      name,
      rows: read,
      letters,
      different: values.length,
      values: values.slice(0, MOST_VALUES).map(([text]) => text),
      isUnit,
    };
  });
}

/** Texts are longer than names, and labels and groups have few values. */
const LONG = 80, FEW = 12, MOST_GROUPS = 20;

const NAMES: Readonly<Record<Exclude<Role, "split">, RegExp>> = {
  candidateId: /(candidate|applicant|person|user|resume|cv)s?[ _-]?(id|no|nr|key|number)$/i,
  jobId: /(job|posting|vacancy|position|role|req(uisition)?)s?[ _-]?(id|no|nr|key|number)$/i,
  resume: /r[eé]sum[eé]|(^|[ _-])cv($|[ _-])|profile|candidate|applicant/i,
  job: /job|posting|vacancy|position|(^|[ _-])jd($|[ _-])|description/i,
  groundTruth: /ground[ _-]?truth|merit|gold|qualified|true[ _-]label/i,
  label: /label|hired?|outcome|decision|match|(^|[ _-])fit($|[ _-])|accepted|selected|shortlist|invited|target|^y$/i,
  group:
    /education|degree|gender|(^|[ _-])sex($|[ _-])|race|ethnic|(^|[ _-])age($|[ _-])|disab|nation|religio|veteran|migra/i,
};

const SPLIT_VALUES = /^(train(ing)?|val(id(ation)?)?|dev|test)$/i;

interface Taken {
  readonly role: Role | null;
  /** Why, in a few words. */
  readonly why: string;
}

/** Finds a role for each column; `given` says what somebody knows, `null` that a column has none. */
export function rolesOf(
  looks: readonly ColumnLook[],
  given: ReadonlyMap<string, Role | null> = new Map(),
): Map<string, Taken> {
  const taken = new Map<string, Taken>();
  for (const [name, role] of given) taken.set(name, { role, why: "you say so" });
  const take = (role: Role, why: string, fits: (look: ColumnLook) => boolean, order = (_: ColumnLook) => 0) => {
    if (role !== "group" && [...taken.values()].some((other) => other.role === role)) return;
    const free = looks.filter((look) => !taken.has(look.name) && look.different > 0 && fits(look))
      .sort((a, b) => order(b) - order(a));
    for (const { name } of role === "group" ? free : free.slice(0, 1)) taken.set(name, { role, why });
  };
  const named = (role: keyof typeof NAMES) => ({ name }: ColumnLook) => NAMES[role].test(name);
  const isLong = ({ letters }: ColumnLook) => letters >= LONG;
  const isFew = ({ different, isUnit, letters }: ColumnLook) =>
    different > 1 && letters < LONG && (different <= FEW || isUnit);
  take("split", "its values are names of parts", ({ values }) => values.every((value) => SPLIT_VALUES.test(value)));
  for (const role of ["candidateId", "jobId"] as const) {
    take(role, "its name, and short values", (look) => named(role)(look) && !isLong(look));
  }
  // The name first; else the longer texts are résumés, and those that more rows share are jobs.
  take(
    "resume",
    "its name, and long texts",
    (look) => named("resume")(look) && isLong(look),
    ({ different }) => different,
  );
  take("job", "its name, and long texts", (look) => named("job")(look) && isLong(look));
  take("resume", "long texts, the most different ones", isLong, ({ different }) => different);
  take("job", "long texts", isLong);
  for (const role of ["groundTruth", "label"] as const) {
    take(role, "its name, and few values", (look) => named(role)(look) && isFew(look));
  }
  take(
    "group",
    "its name, and a few groups",
    (look) => named("group")(look) && look.different > 1 && look.different <= MOST_GROUPS && look.letters < LONG,
  );
  take(
    "label",
    "the only 0 and 1",
    ({ values }) => values.length === 2 && values.every((value) => /^[01]$/.test(value)),
  );
  for (const look of looks) if (!taken.has(look.name)) taken.set(look.name, { role: null, why: whyNot(look) });
  return taken;
}

function whyNot({ different, rows, letters }: ColumnLook): string {
  if (different === 0) return "it is empty";
  if (different === 1) return "it has one value only";
  if (letters < LONG && different <= MOST_GROUPS) return "it may be a group: --column group=… compares its values";
  return different > rows / 2 ? "a value for nearly every row" : "nothing that a run needs";
}

/** Asks; nothing typed is the guess. */
export type Ask = (question: string, guess: string) => string;

/** Asks at the terminal; `null` where nobody sits at one, so that scripts go by guesses and options. */
export function terminalAsk(): Ask | null {
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) return null;
  return (question, guess) => {
    // Not as `prompt`'s own default, which would have to be deleted before another answer.
    const answer = prompt(printable(`${question} [${guess}]`));
    if (answer === null) throw new InputError("Stopped: nothing was written");
    return answer.trim() || guess;
  };
}

const NONE = "-";

const QUESTIONS: Readonly<Record<Role, string>> = {
  resume: "Column with the résumé's text?",
  job: "Column with the job's text?",
  label: "Column with the label, whether they match?",
  candidateId: "Column that says who applies, so that nobody is in two parts (- for none)?",
  jobId: "Column that says for which job, so that its applicants are ranked (- for none)?",
  groundTruth: "Column with a ground-truth label that no decision was made from (- for none)?",
  split: "Column with train, validation and test (- for none: they are drawn)?",
  group: "Columns whose groups are compared, with commas (- for education, read from the résumés)?",
};

/** Goes through the roles; those that options give are not asked for. Returns what options and answers give. */
export function askRoles(
  looks: readonly ColumnLook[],
  options: ReadonlyMap<string, Role | null>,
  ask: Ask,
): Map<string, Role | null> {
  const given = new Map(options);
  const isGiven = new Set(options.values());
  const columnsOf = (role: Role) => {
    const taken = rolesOf(looks, given);
    return looks.filter(({ name }) => taken.get(name)!.role === role).map(({ name }) => name);
  };
  for (const role of ROLES) {
    // A guess that is refused may bring up another one, which is asked for in turn.
    for (let done = isGiven.has(role); !done;) {
      const guess = columnsOf(role);
      const known = looks.map(({ name }) => name).filter((name) => [undefined, null, role].includes(given.get(name)));
      const asked = askList(QUESTIONS[role], { ask, known, guess, most: role === "group" ? Infinity : 1 });
      for (const name of guess) given.set(name, null);
      for (const name of asked) given.set(name, role);
      done = `${columnsOf(role)}` === `${known.filter((name) => asked.includes(name))}`;
    }
  }
  return given;
}

interface ListQuestion {
  readonly ask: Ask;
  /** What may be answered. */
  readonly known: readonly string[];
  readonly guess: readonly string[];
  /** How many may be. */
  readonly most: number;
}

/** Asks for some of the names that there are, until the answer holds no others. */
export function askList(question: string, { ask, known, guess, most }: ListQuestion): string[] {
  for (let hint = "";;) {
    const answer = ask(hint + question, guess.join(", ") || NONE);
    // A name may hold a comma.
    const names = known.includes(answer) ? [answer] : answer.split(",").map((name) => name.trim());
    if (answer === NONE || answer === "") return [];
    const unknown = names.find((name) => !known.includes(name));
    if (unknown === undefined && names.length <= most) return [...new Set(names)];
    hint = unknown === undefined
      ? `Expected one column, found ${names.length}. `
      : `Expected ${known.join(", ")}, found "${unknown}". `;
  }
}
