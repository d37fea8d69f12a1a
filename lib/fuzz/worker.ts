/**
 * The process that parsers run in: one that hangs can be killed, and one that fills the memory takes nobody along. Reads
 * jobs from standard input and says on standard output which input comes next and what is wrong with one, a line of
 * JSON each. It may write to its own folder alone.
 */
import { dirname } from "@std/path";
import { InputError } from "../errors.ts";
import { draw, type Drawn, make, Nonsense, type Target } from "./target.ts";

/** Inputs to run: from the n-th on, so many, or as many as the time allows. */
export interface Job {
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly seconds: number;
}

/** What is wrong with how an input was taken. */
export interface Fault {
  readonly kind: "trace" | "nonsense" | "hang";
  /** The same for faults that are likely one. */
  readonly signature: string;
  /** What was thrown. */
  readonly text: string;
}

/** What the process says. */
export type Said =
  | { readonly at: number }
  | { readonly at: number; readonly fault: Fault; readonly steps: readonly number[] }
  | { readonly next: number; readonly read: number };

/** Begins a line of ours: native code may print as well. */
export const MARK = "\x1e";

/** Takes jobs until there are no more. */
export async function serve(targets: readonly Target[], folder: string): Promise<void> {
  const say = (said: Said) => void Deno.stdout.writeSync(new TextEncoder().encode(`${MARK}${JSON.stringify(said)}\n`));
  // Parsers may talk; nobody listens here.
  for (const name of ["log", "error", "warn", "info"] as const) console[name] = () => {};
  say({ next: 0, read: 0 });
  let rest = "";
  for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const job = JSON.parse(line) as Job;
      await runJob(targets.find(({ name }) => name === job.target)!, job, { folder, say });
    }
  }
}

async function runJob(
  target: Target,
  { seed, from, count, seconds }: Job,
  { folder, say }: { folder: string; say: (said: Said) => void },
): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  let n = from, read = 0;
  for (; n < from + count && performance.now() < end; n++) {
    say({ at: n });
    const drawn = draw(target, seed, n);
    const outcome = await outcomeOf(target, drawn, folder);
    if (outcome === "read") read++;
    if (typeof outcome === "string") continue;
    say({ at: n, fault: outcome, steps: await shrunk(target, drawn, { folder, fault: outcome }) });
  }
  say({ next: n, read });
}

/** What became of an input: it was read, or refused in one line, or neither as it should be. */
type Outcome = "read" | "refused" | Fault;

/** Runs an input in a folder of its own. */
async function outcomeOf(
  target: Target,
  { input, steps }: Pick<Drawn, "input" | "steps">,
  folder: string,
): Promise<Outcome> {
  const own = await Deno.makeTempDir({ dir: folder });
  const before = Deno.cwd();
  try {
    for (const [name, data] of Object.entries(input.files)) {
      if (name.includes("/")) Deno.mkdirSync(`${own}/${dirname(name)}`, { recursive: true });
      Deno.writeFileSync(`${own}/${name}`, data);
    }
    Deno.chdir(own);
    await target.run(input);
    return "read";
  } catch (error) {
    return judge(error, steps.length === 0 && !target.mayRefuse);
  } finally {
    Deno.chdir(before);
    await Deno.remove(own, { recursive: true });
  }
}

function judge(error: unknown, isValid: boolean): Outcome {
  if (error instanceof InputError) {
    const wrong = isValid ? "what is valid was refused" : messageFault(error.message);
    return wrong === null ? "refused" : { kind: "nonsense", signature: wrong, text: `${wrong}: ${error.message}` };
  }
  const { name, message, stack = "" } = error instanceof Error ? error : new Error(`thrown: ${String(error)}`);
  if (error instanceof Nonsense) {
    return { kind: "nonsense", signature: message.replaceAll(/"[^"]*"|\d+/g, "…").slice(0, 80), text: message };
  }
  const [frame = ""] = /lib\/(?!fuzz)[\w/.]+:\d+/.exec(stack) ?? /[\w./@-]+:\d+:\d+/.exec(stack) ?? [];
  return {
    kind: "trace",
    signature: `${name} at ${frame}`,
    text: stack.includes(message) ? stack : `${message}\n${stack}`,
  };
}

/** What a message may not be, to a person whose input is wrong. */
function messageFault(message: string): string | null {
  // deno-lint-ignore no-control-regex -- what a terminal would obey
  if (/[\x00-\x1f\x7f-\x9f]/.test(message)) return "a message has control characters";
  if (message.trim() === "") return "a message says nothing";
  if (/Requires write access/.test(message)) return "what may not be written was to be written";
  return /\[object \w+\]/.test(message) ? "a message shows an object" : null;
}

/** Leaves out changes as long as the fault stays. */
async function shrunk(
  target: Target,
  { start, steps }: Drawn,
  { folder, fault }: { folder: string; fault: Fault },
): Promise<readonly number[]> {
  let kept = steps;
  for (const step of steps) {
    const fewer = kept.filter((other) => other !== step);
    const found = await outcomeOf(target, { input: make(target, start, fewer), steps: fewer }, folder);
    if (typeof found !== "string" && found.signature === fault.signature) kept = fewer;
  }
  return kept;
}

if (import.meta.main) {
  const { allTargets } = await import("./targets/mod.ts");
  await serve(await allTargets(), Deno.args[0]!);
}
