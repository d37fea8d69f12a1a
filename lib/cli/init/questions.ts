/** What `deno task init` asks somebody at a terminal: Enter takes what it guessed. */
import { InputError } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { type ColumnLook, type Role, ROLES, rolesOf } from "./roles.ts";

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
