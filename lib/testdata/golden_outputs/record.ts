/**
 * Records the golden outputs anew:
 *
 *     deno run --allow-all lib/testdata/golden_outputs/record.ts [--numbers] [--unpack <folder>]
 *
 * Without `--numbers` the numbers stay as they were recorded first and the new outputs are held against them:
 * formats may change, numbers may not. `--unpack` also writes the outputs as files, to be read or compared.
 */
import { CASES, type GoldenCase, METRICS_CASES, MODEL_CASES, prepareFolder, runCase } from "./commands.ts";
import { differences, longForm, type NumberRow, type Outputs, readCsv, writeNumbers } from "./long_form.ts";

const OUTPUTS = `${import.meta.dirname}/outputs`;
const NUMBERS = `${import.meta.dirname}/numbers.csv.gz`;
const MACHINE = `${import.meta.dirname}/machine.txt`;

/** Runs all cases; tables that exist beside what needs a model. A case that fails leaves its message under `error`. */
export async function runAll(folder: string, withModels = true): Promise<Map<string, Outputs>> {
  await prepareFolder(folder);
  const found = new Map<string, Outputs>();
  const chain = async (cases: readonly GoldenCase[]) => {
    for (const one of cases) {
      found.set(one.name, await runCase(one, folder).catch((error) => ({ error: String(error) })));
    }
  };
  await Promise.all([chain(METRICS_CASES), ...(withModels ? [chain(MODEL_CASES)] : [])]);
  return found;
}

/** What was recorded of a case. */
export async function recordedOutputs(name: string): Promise<Outputs> {
  return JSON.parse(await gunzip(`${OUTPUTS}/${name}.json.gz`));
}

/** The recorded numbers. */
export async function recordedNumbers(): Promise<NumberRow[]> {
  return readCsv(await gunzip(NUMBERS)) as NumberRow[];
}

/** The numbers of all cases that were run. */
export function numbersOf(found: ReadonlyMap<string, Outputs>): NumberRow[] {
  return CASES.flatMap((one) => {
    const outputs = found.get(one.name);
    return outputs === undefined ? [] : longForm(one, outputs);
  });
}

/**
 * Whether this machine's processor adds up as the recording one: matrix products differ in their last bits
 * between kinds.
 */
export async function sameProcessor(): Promise<boolean> {
  return await processor() === await Deno.readTextFile(MACHINE);
}

async function processor(): Promise<string> {
  // In a process of its own, since Deno keeps /proc from tests that have not all permissions.
  const read = 'console.log(await Deno.readTextFile("/proc/cpuinfo").catch(() => ""))';
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", read] }).output();
  const info = new TextDecoder().decode(stdout);
  const flags = ["avx2", "fma", "avx512f", "avx512_vnni", "amx_tile"].filter((flag) => info.includes(` ${flag} `));
  return `${Deno.build.target} ${flags.join(" ")}\n`;
}

async function gunzip(path: string): Promise<string> {
  using file = await Deno.open(path);
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
}

async function gzip(path: string, text: string): Promise<void> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(path, packed);
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  const found = await runAll(folder);
  await Deno.remove(folder, { recursive: true });
  for (const { error } of found.values()) if (error !== undefined) throw new Error(error);
  await Deno.mkdir(OUTPUTS, { recursive: true });
  const unpack = Deno.args.indexOf("--unpack");
  for (const [name, outputs] of found) {
    await gzip(`${OUTPUTS}/${name}.json.gz`, JSON.stringify(outputs));
    if (unpack < 0) continue;
    await Deno.mkdir(`${Deno.args[unpack + 1]}/${name}`, { recursive: true });
    for (const [file, text] of Object.entries(outputs)) {
      await Deno.writeTextFile(`${Deno.args[unpack + 1]}/${name}/${file}`, text);
    }
  }
  const numbers = numbersOf(found);
  if (Deno.args.includes("--numbers")) {
    await gzip(NUMBERS, writeNumbers(numbers));
    await Deno.writeTextFile(MACHINE, await processor());
  } else for (const difference of differences(await recordedNumbers(), numbers)) console.log(difference);
}
