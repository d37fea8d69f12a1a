/** Valid inputs, from the files that the tests have. */
import { gunzipSync } from "node:zlib";
import type { Bytes, Input } from "../mutate.ts";

const TESTDATA = `${import.meta.dirname}/../../testdata`;

/** The bytes of a file of the tests. */
export const testFile = (path: string): Bytes => Deno.readFileSync(`${TESTDATA}/${path}`);

/** Its text. */
export const testText = (path: string): string => Deno.readTextFileSync(`${TESTDATA}/${path}`);

/** A text as a file has it. */
export const bytes = (text: string): Bytes => new TextEncoder().encode(text);

/** The contents of files, by what is said of them. */
export const filesOf = (texts: Readonly<Record<string, string | object>>): Record<string, Bytes> =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, bytes(typeof text === "string" ? text : JSON.stringify(text))]),
  );

/** What a command of the golden outputs has left, by the names of its files there. */
export function goldenFiles(name: string): Readonly<Record<string, string>> {
  return JSON.parse(new TextDecoder().decode(gunzipSync(testFile(`golden_outputs/outputs/${name}.json.gz`))));
}

/** The first lines of a text: short inputs are changed in what matters more often. */
export const head = (text: string, lines: number): string => text.split("\n").slice(0, lines).join("\n") + "\n";

/** Inputs without files. */
export const optionsOnly = (options: readonly unknown[]): Input[] =>
  options.map((own) => ({ files: {}, options: JSON.stringify(own) }));
