import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { z } from "zod";
import { permittedTest } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { checkOptions, deviceOption, flag, option, optionalText, text, texts, verb } from "./command.ts";

const OPTIONS = z.object({
  input: option(text, "-i, --input <file>", "what is read"),
  output: option(optionalText, "-o, --output <file>", "what is written"),
  group: option(texts, "--group <column>", "repeatable"),
  topK: option(z.int("expected a whole number").exactOptional(), "--top-k <count>", "how many"),
  level: option(z.number().lt(1, "expected less than 1").default(0.95), "--level <share>", "how sure"),
  role: option(z.enum(["job", "resume"]).default("job"), "--role <role>", "which side"),
  json: option(flag, "--json", "no tables"),
  device: deviceOption("here"),
});

/** What a verb is called with when these arguments are typed. */
async function typed(...args: string[]): Promise<z.output<typeof OPTIONS>> {
  let found: z.output<typeof OPTIONS> | undefined;
  const command = verb(["try", "Tries"], OPTIONS, (options) => Promise.resolve(void (found = options)));
  await command.exitOverride().configureOutput({ writeErr() {} }).parseAsync(args, { from: "user" });
  return found!;
}

Deno.test("verb() gives what was typed as numbers, lists and flags, and defaults for the rest", async () => {
  assertEquals(await typed("-i", "a.csv"), { input: "a.csv", group: [], level: 0.95, role: "job" });
  const args = "-i a.csv --group x --group y --top-k 3 --level 0.5 --role resume --json -d cpu -o b.csv".split(" ");
  assertEquals(await typed(...args), {
    input: "a.csv",
    output: "b.csv",
    group: ["x", "y"],
    topK: 3,
    level: 0.5,
    role: "resume",
    json: true,
    device: "cpu",
  });
});

Deno.test("verb() refuses what is missing, no number, or none of the choices", async () => {
  const refused = (message: string, ...args: string[]) => assertRejects(() => typed(...args), Error, message);
  await refused("required option '-i, --input <file>' not specified");
  await refused("argument 'many' is invalid. Expected a number.", "-i", "a", "--top-k", "many");
  await refused("argument ' ' is invalid. Expected a number.", "-i", "a", "--top-k", " ");
  await refused("argument 'boss' is invalid. Allowed choices are job, resume.", "-i", "a", "--role", "boss");
  await refused("argument 'abacus' is invalid. Allowed choices are auto, cpu, ", "-i", "a", "-d", "abacus");
  await refused("(Did you mean --input?)", "-i", "a", "--inptu", "b");
  await refused("(Did you mean --input?)", "--inptu", "b");
});

permittedTest("verb() lists every option in its help, with its default", () => {
  const help = verb(["try", "Tries"], OPTIONS, () => Promise.resolve()).helpInformation();
  for (
    const part of [
      "Usage: try [options]",
      "--top-k <count>",
      "(default: 0.95)",
      'choices: "job", "resume"',
      "no tables",
    ]
  ) {
    assertStringIncludes(help, part);
  }
});

Deno.test("checkOptions() names the option as it is typed, what was expected and what was found", () => {
  const refused = (options: Record<string, unknown>, message: string) =>
    assertThrows(() => checkOptions(OPTIONS, { input: "a", group: [], ...options }), InputError, message);
  refused({ topK: 1.5 }, "--top-k: expected a whole number, found 1.5");
  refused({ level: 2 }, "--level: expected less than 1, found 2");
  const crossed = OPTIONS.superRefine(({ json }, context) => {
    if (json) context.addIssue("--json, --output: expected one of the two, found both");
  });
  assertThrows(
    () => checkOptions(crossed, { input: "a", group: [], json: true }),
    InputError,
    "--json, --output: expected one of the two, found both",
  );
});
