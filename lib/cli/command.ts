/** What the verbs share: each declares its options once, in a schema that is their type, check and `--help`. */
import { setColorEnabled } from "@std/fmt/colors";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { parsePoint } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { DEVICES } from "../graph/mod.ts";
import { printable } from "../printable.ts";

/** How an option is typed and what `--help` says of it. */
export function option<T extends z.ZodType>(schema: T, flags: string, description: string): T {
  return schema.meta({ flags, description });
}

/** Text that must be given. */
export const text = z.string();
/** Text that may be left out. */
export const optionalText = z.string().exactOptional();
/** The name of a file or folder. */
export const path = z.string().min(1, "expected a path, found nothing");
/** One that may be left out. */
export const optionalPath = path.exactOptional();
/** An option that may be given several times. */
export const texts = z.array(z.string());
/** The same where none is an answer. */
export const anyTexts = texts.default([]);
/** Yes if it is there. */
export const flag = z.boolean().exactOptional();

/** Where to compute. */
export function deviceOption(otherwise: string) {
  const schema = z.enum(["auto", ...DEVICES]).exactOptional();
  return option(schema, "-d, --device <name>", `where to compute; default: ${otherwise}`);
}

/** The options of each verb, for those who check what was typed and run nothing. */
export const OPTIONS_OF = new WeakMap<Command, z.ZodObject>();

/**
 * A verb of the command line, with what a person would type as examples in its help.
 *
 * @param schema Its options, named as commander names them (`--top-k` is `topK`).
 * @param run What it does with them.
 */
export function verb<T extends z.ZodObject>(
  [name, description, ...examples]: readonly [name: string, description: string, ...examples: string[]],
  schema: T,
  run: (options: z.output<T>) => Promise<void>,
): Command {
  const command = new Command(name).description(description).exitOverride().configureOutput(OUTPUT);
  for (const field of Object.values(schema.shape) as z.ZodType[]) command.addOption(optionOf(field));
  const shown = examples.map((example) => `  ${example}\n`).join("");
  if (shown !== "") command.addHelpText("after", `\nExamples:\n${shown.trimEnd()}`);
  OPTIONS_OF.set(command, schema);
  return command.action((options: unknown) => run(checkOptions(schema, options)));
}

/**
 * Help has no colours, and says so: asked on its own, commander reads variables of the environment, and more of them on
 * a terminal, that a task may have no permission for.
 */
const OUTPUT = {
  getOutHasColors: () => false,
  getErrHasColors: () => false,
  writeErr: (text: string) => console.error(text.trimEnd()),
};

function optionOf(field: z.ZodType): Option {
  const { flags, description } = field.meta() as { flags: string; description: string };
  const added = new Option(flags, description);
  const { inner, otherwise } = unwrapped(field);
  if (inner instanceof z.ZodNumber) added.argParser(number);
  // One number, or several in their order.
  if (inner instanceof z.ZodUnion) {
    added.argParser((value, previous?: number | number[]) =>
      previous === undefined ? number(value) : [previous, number(value)].flat()
    );
  }
  if (inner instanceof z.ZodEnum) added.choices(inner.options.map(String));
  if (inner instanceof z.ZodArray) added.argParser((value, previous: string[]) => [...previous, value]).default([]);
  else if (otherwise !== undefined) added.default(otherwise);
  return added;
}

function unwrapped(field: z.ZodType): { inner: unknown; otherwise?: unknown; required: boolean } {
  if (field instanceof z.ZodDefault) {
    return { inner: field.unwrap(), otherwise: field.def.defaultValue, required: false };
  }
  if (field.def.type === "optional") return { inner: (field as z.ZodOptional).unwrap(), required: false };
  return { inner: field, required: !(field instanceof z.ZodArray) };
}

/**
 * Checks options against their schema and completes them.
 *
 * @throws {InputError} Naming the option, what was expected and what was found.
 */
export function checkOptions<T extends z.ZodObject>(schema: T, options: unknown): z.output<T> {
  for (const [key, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    // Not left to commander, which would say so before it names an option that is misspelt.
    if (unwrapped(field).required && (options as Record<string, unknown>)[key] === undefined) {
      throw new InputError(`required option '${(field.meta() as { flags: string }).flags}' not specified`);
    }
  }
  const checked = schema.safeParse(options);
  if (checked.success) return checked.data;
  const { path: [key], message } = checked.error.issues[0]!;
  if (key === undefined) throw new InputError(message);
  const name = String(key).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const found = message.includes("found") ? "" : `, found ${(options as Record<PropertyKey, unknown>)[key]}`;
  throw new InputError(`--${name}: ${message}${found}`);
}

function number(value: string): number {
  const parsed = parsePoint(value);
  if (parsed === undefined) throw new InvalidArgumentError("Expected a number.");
  return parsed;
}

/**
 * Runs what was typed. A mistake in it, or in a file, ends with one line that names it, and exit code 2. Whatever is
 * printed on the way, nothing of it that came out of a file is obeyed by the terminal.
 */
export async function runTyped(command: Command): Promise<void> {
  const styles = Deno.stdout.isTerminal() && !Deno.noColor;
  setColorEnabled(styles);
  for (const method of ["log", "error", "warn"] as const) {
    const print = console[method];
    console[method] = (...parts: unknown[]) =>
      print(...parts.map((part) => typeof part === "string" ? printable(part, { styles }) : part));
  }
  try {
    await command.exitOverride().configureOutput(OUTPUT).parseAsync(Deno.args, { from: "user" });
  } catch (error) {
    // Commander has printed its own; the code is 0 after --help.
    if (error instanceof CommanderError) Deno.exit(error.exitCode === 0 ? 0 : 2);
    if (error instanceof InputError) {
      console.error(`error: ${error.message}`);
      Deno.exit(2);
    }
    console.error(`error: ${error instanceof Error ? error.stack : error}`);
    Deno.exit(1);
  }
}

/** Characters in a line of the terminal, from 80 to 160; 100 where the output is a file. */
export function terminalWidth(): number {
  if (!Deno.stdout.isTerminal()) return 100;
  return Math.min(160, Math.max(80, Deno.consoleSize().columns));
}
