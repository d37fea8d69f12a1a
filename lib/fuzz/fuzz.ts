/** Runs the targets in a process beside this one, counts, and keeps what failed. */
import { dirname } from "@std/path";
import { draw, make, type Target } from "./target.ts";
import { type Fault, type Job, MARK, type Said } from "./worker.ts";

/** How to fuzz. */
export interface FuzzOptions {
  readonly seed: number;
  /** The first input of each target, and how many of each; else as many as the minutes allow. */
  readonly from: number;
  readonly inputs?: number | undefined;
  readonly minutes: number;
  /** Seconds after which an input hangs. */
  readonly limit: number;
  /** Where what failed is kept. */
  readonly output: string;
  /** The module of the process. */
  readonly worker?: string;
}

/** What came of a target's inputs. */
export interface Count {
  inputs: number;
  /** Inputs that were read: the others were refused, or are counted below. */
  read: number;
  trace: number;
  hang: number;
  nonsense: number;
}

/** A fault that was kept, and how often there was one like it. */
export interface Finding extends Fault {
  readonly target: string;
  readonly folder: string;
  times: number;
}

/** Of faults that are likely the same, one is kept. */
export interface FuzzResult {
  readonly counts: ReadonlyMap<string, Count>;
  readonly findings: readonly Finding[];
}

/** Seconds that a target has before it is the next one's turn. */
const TURN = 3;

/** Fuzzes targets, turn by turn, until each had its inputs or the time is over. */
export async function fuzz(targets: readonly Target[], options: FuzzOptions): Promise<FuzzResult> {
  const { seed, from, inputs = Infinity, minutes, limit } = options;
  const end = performance.now() + 60_000 * minutes;
  const counts = new Map(
    targets.map(({ name }): [string, Count] => [name, { inputs: 0, read: 0, trace: 0, hang: 0, nonsense: 0 }]),
  );
  const findings = new Map<string, Finding>();
  const folder = await Deno.makeTempDir();
  await makeSpecial(`${folder}/special`);
  let process = new Process(folder, options);
  try {
    for (let open = [...targets]; open.length > 0 && performance.now() < end;) {
      for (const target of open) {
        if (performance.now() >= end) break;
        const count = counts.get(target.name)!;
        const note = async (fault: Fault, n: number, steps?: readonly number[]) => {
          count[fault.kind]++;
          await keep(target, { fault, n, steps }, { findings, options });
        };
        const job = {
          target: target.name,
          seed,
          from: from + count.inputs,
          count: inputs - count.inputs,
          seconds: TURN,
        };
        const { next, read, lost } = await process.run({ ...job, count: Math.min(job.count, 1e9) }, limit, note);
        count.inputs = next - from;
        count.read += read;
        if (lost === null) continue;
        await note(lost, next - 1);
        process = new Process(folder, options);
      }
      open = open.filter(({ name }) => counts.get(name)!.inputs < inputs);
    }
  } finally {
    await process.end();
    await Deno.remove(folder, { recursive: true });
  }
  return { counts, findings: [...findings.values()] };
}

/** What a path may lead to that is no file: a pipe, a link to itself, a folder, a file that is closed. */
async function makeSpecial(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/folder.csv`, { recursive: true });
  await Deno.symlink("loop.csv", `${folder}/loop.csv`);
  await Deno.writeTextFile(`${folder}/file.csv`, "a,b\n1,2\n");
  await Deno.writeTextFile(`${folder}/closed.csv`, "a,b\n1,2\n", { mode: 0 });
  // Where there are no pipes, that one is missing.
  await new Deno.Command("mkfifo", { args: [`${folder}/pipe.csv`] }).output().catch(() => {});
}

async function keep(
  target: Target,
  { fault, n, steps }: { fault: Fault; n: number; steps?: readonly number[] | undefined },
  { findings, options: { seed, output } }: { findings: Map<string, Finding>; options: FuzzOptions },
): Promise<void> {
  const key = `${target.name}: ${fault.kind}: ${fault.signature}`;
  const known = findings.get(key);
  if (known !== undefined) return void known.times++;
  const folder = `${output}/${target.name.replaceAll(/[^\w.-]+/g, "_").replace(/^[-.]+/, "")}/${seed}-${n}`;
  const drawn = draw(target, seed, n);
  const { files, options } = make(target, drawn.start, steps ?? drawn.steps);
  const again = `deno task fuzz --only "${target.name}" --seed ${seed} --from ${n} --inputs 1`;
  const texts = {
    "fault.txt": `${again}\n\n${fault.kind}\n${fault.text}\n`,
    ...(options ? { "options.json": options } : {}),
  };
  for (const [name, data] of Object.entries({ ...files, ...texts })) {
    await Deno.mkdir(dirname(`${folder}/${name}`), { recursive: true });
    await Deno.writeFile(`${folder}/${name}`, typeof data === "string" ? new TextEncoder().encode(data) : data);
  }
  findings.set(key, { ...fault, target: target.name, folder, times: 1 });
}

type Note = (fault: Fault, n: number, steps: readonly number[]) => Promise<void>;

/** The process that parsers run in, and what it says. */
class Process {
  readonly #child: Deno.ChildProcess;
  readonly #said: AsyncIterator<Said>;
  readonly #errors: Promise<string>;
  #started = false;

  constructor(folder: string, { worker = `${import.meta.dirname}/worker.ts` }: FuzzOptions) {
    const permissions = [
      "read",
      "env",
      "sys",
      `ffi=${import.meta.dirname}/../../node_modules`,
      `write=${folder}`,
      "net=127.0.0.1",
    ].map((name) => `--allow-${name}`);
    const config = `--config=${import.meta.dirname}/../../deno.json`;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-check", config, "--v8-flags=--max-old-space-size=1500", ...permissions, worker, folder],
      env: { TMPDIR: folder, NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#said = linesOf(this.#child.stdout);
    this.#errors = new Response(this.#child.stderr).text();
  }

  /** Runs a job; `next` is the first input that was not run, `lost` why the process is no more. */
  async run(job: Job, limit: number, note: Note): Promise<{ next: number; read: number; lost: Fault | null }> {
    if (!this.#started && await this.#next(120) === null) throw new Error(`The process failed: ${await this.#errors}`);
    this.#started = true;
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(job) + "\n"));
    writer.releaseLock();
    let at = job.from;
    while (true) {
      const said = await this.#next(limit);
      if (said === null) return { next: at + 1, read: 0, lost: await this.#lost(limit) };
      if ("next" in said) return { ...said, lost: null };
      at = said.at;
      if ("fault" in said) await note(said.fault, said.at, said.steps);
    }
  }

  /** What is said within some seconds, or null. */
  async #next(seconds: number): Promise<Said | null> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), 1000 * seconds));
    const said = await Promise.race([this.#said.next(), late]);
    clearTimeout(timer);
    return said === null || said.done ? null : said.value;
  }

  async #lost(limit: number): Promise<Fault> {
    let late = true;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      late = false; // It has ended by itself.
    }
    const { code } = await this.#child.status;
    const errors = (await this.#errors).trim();
    if (late && errors === "") return { kind: "hang", signature: "no end", text: `no end within ${limit} seconds` };
    const [first = ""] = errors.split("\n").filter((line) => line !== "");
    return {
      kind: "trace",
      signature: `the process ended: ${first.slice(0, 100)}`,
      text: `exit code ${code}\n${errors}`,
    };
  }

  async end(): Promise<void> {
    await this.#child.stdin.close().catch(() => {});
    await this.#child.status;
    await this.#said.return?.();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Said> {
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.includes(MARK)) yield JSON.parse(line.split(MARK).at(-1)!) as Said;
  }
}
