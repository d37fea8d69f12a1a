/** The command line in a process of its own, as its tasks start it, for tests. */

import project from "../../deno.json" with { type: "json" };

const ROOT = `${import.meta.dirname}/../..`;
const CLI = `${import.meta.dirname}/main.ts`;

/** How a process ended. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a command, or another module, with variables of the environment besides, through a launcher if one is given. */
export function start(
  args: readonly string[],
  { module = CLI, env = {}, launcher = [] }: {
    readonly module?: string | undefined;
    readonly env?: Record<string, string>;
    readonly launcher?: readonly string[];
  } = {},
): { process: Deno.ChildProcess; ended: Promise<Ended> } {
  // Other modules than the command line have no task.
  const task = project.tasks[args[0] as keyof typeof project.tasks] as { command: string } | undefined;
  const permissions = module === CLI && task !== undefined
    ? ["--no-prompt", /-P=\S+/.exec(task.command)![0]]
    : ["read", "write", "env", "ffi", "sys", "net=127.0.0.1"].map((name) => `--allow-${name}`);
  const [command = Deno.execPath(), ...rest] = [...launcher, Deno.execPath()];
  const process = new Deno.Command(command, {
    args: [...rest, "run", "--quiet", "--no-check", `--config=${ROOT}/deno.json`, ...permissions, module, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const ended = process.output().then(({ code, signal, stdout, stderr }) => ({
    code,
    signal,
    stdout: text(stdout),
    stderr: text(stderr),
  }));
  return { process, ended };
}

/** Runs a command to its end. */
export function run(...args: string[]): Promise<Ended> {
  return start(args).ended;
}

/** Starts a command or module, sends a signal as soon as something is there, unless it has ended by then. */
export async function interrupted(
  signal: Deno.Signal,
  isThere: () => boolean,
  args: readonly string[],
  module?: string,
): Promise<Ended> {
  const { process, ended } = start(args, { module });
  const watch = setInterval(() => {
    try {
      if (!isThere()) return;
    } catch {
      return; // Not written yet.
    }
    clearInterval(watch);
    try {
      process.kill(signal);
    } catch {
      // It has ended.
    }
  }, 1);
  const result = await ended;
  clearInterval(watch);
  return result;
}
