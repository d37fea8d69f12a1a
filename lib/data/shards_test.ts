import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { joinParts, parseShard, partPath, type Shard, shardRange, writeManifest } from "./shards.ts";
import { writeTable } from "./write_table.ts";

const from = (variables: Record<string, string>) => (name: string) => variables[name];

Deno.test("a part is as typed, or what the scheduler gave this process", () => {
  assertEquals(parseShard("2/8"), { part: 2, of: 8 });
  // sbatch --array=3-9:2 has the tasks 3, 5, 7 and 9.
  const slurm = { SLURM_ARRAY_TASK_ID: "7", SLURM_ARRAY_TASK_MIN: "3", SLURM_ARRAY_TASK_STEP: "2" };
  assertEquals(parseShard("auto", from({ ...slurm, SLURM_ARRAY_TASK_COUNT: "4" })), { part: 3, of: 4 });
  assertEquals(parseShard("auto/5", from({ JOB_COMPLETION_INDEX: "0" })), { part: 1, of: 5 });
  const mpi = { OMPI_COMM_WORLD_RANK: "1", OMPI_COMM_WORLD_SIZE: "2" };
  assertEquals(parseShard("auto", from(mpi)), { part: 2, of: 2 });
});

Deno.test("what is no part is refused", () => {
  for (const text of ["3", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2"]) {
    assertThrows(() => parseShard(text), InputError);
  }
  assertThrows(() => parseShard("auto", from({})), InputError, "found none");
  assertThrows(() => parseShard("auto", from({ JOB_COMPLETION_INDEX: "0" })), InputError, "as in auto/8");
  const uneven = { SLURM_ARRAY_TASK_ID: "4", SLURM_ARRAY_TASK_MIN: "1", SLURM_ARRAY_TASK_COUNT: "3" };
  assertThrows(() => parseShard("auto", from(uneven)), InputError, "from 1 to 3, found 4");
  const mpi = { OMPI_COMM_WORLD_RANK: "1", OMPI_COMM_WORLD_SIZE: "2" };
  assertThrows(() => parseShard("auto/3", from(mpi)), InputError, "the scheduler has 2");
});

const BLOCK = 256;

Deno.test("the parts hold every row once, in whole blocks, however many there are", () => {
  for (const rows of [0, 1, BLOCK, 5 * BLOCK + 7]) {
    for (const  of of[1, 2, 4, 9]) {
      let next = 0;
      for (let part = 1; part <= of; part++) {
        const range = shardRange({ part, of }, rows, BLOCK);
        assertEquals(range.from, next);
        assertEquals(range.to % BLOCK === 0 || range.to === rows, true);
        next = range.to;
      }
      assertEquals(next, rows);
    }
  }
});

const COLUMNS = ['a "b",\nc', "n"];
const lines = Array.from({ length: 700 }, (_, i) => ({ [COLUMNS[0]!]: `x\n${i}`, n: i }));

async function write(output: string, shard: Shard, changed: Record<string, unknown> = {}): Promise<void> {
  const range = shardRange(shard, lines.length);
  const written = await writeTable(partPath(output, shard), COLUMNS, lines.slice(range.from, range.to));
  const made = { command: "infer", run: "a", options: { b: 1 }, ...changed };
  await writeManifest(output, shard, { ...range, rows: lines.length, written, columns: COLUMNS, made });
}

permittedTest(
  "parts join to the bytes of the whole, also where the names of columns need quotes",
  () =>
    withFolder(async (folder) => {
      for (const extension of ["csv", "tsv", "jsonl"]) {
        const output = `${folder}/joined.${extension}`, whole = `${folder}/whole.${extension}`;
        for (const part of [3, 1, 4, 2]) await write(output, { part, of: 4 });
        assertEquals(await joinParts(output), { rows: 700, parts: 4 });
        await writeTable(whole, COLUMNS, lines);
        assertEquals(await Deno.readTextFile(output), await Deno.readTextFile(whole));
      }
    }),
);

permittedTest(
  "a part that is missing, doubled, changed or of another table is named",
  () =>
    withFolder(async (folder) => {
      const output = `${folder}/o.csv`;
      const refused = (message: string) => assertRejects(() => joinParts(output), InputError, message);
      await refused("found no such folder");
      for (const part of [1, 2, 4]) await write(output, { part, of: 4 });
      await refused("expected 4 parts, found 3; missing: 3");
      await Deno.copyFile(`${output}.parts/2-of-4.json`, `${output}.parts/3-of-4.json`);
      await refused("expected part 3 of 4, found 2 of 4");
      await write(output, { part: 3, of: 4 }, { run: "b" });
      await refused("expected the same run");
      await write(output, { part: 3, of: 4 }, { options: { b: 2 } });
      await refused("expected the same options");
      await write(output, { part: 3, of: 4 });
      const manifest = `${output}.parts/3-of-4.json`, text = await Deno.readTextFile(manifest);
      await Deno.writeTextFile(manifest, text.replace(/"header": \d+/, '"header": 1'));
      await refused("expected a line of names of ");
      await Deno.writeTextFile(manifest, text);
      await write(output, { part: 1, of: 2 });
      await refused("expected parts of");
      await Deno.remove(`${output}.parts/1-of-2.json`);
      await Deno.copyFile(partPath(output, { part: 2, of: 4 }), partPath(output, { part: 3, of: 4 }));
      await refused("found other bytes");
      await Deno.remove(partPath(output, { part: 3, of: 4 }));
      await refused("expected the file of this part, found none");
    }),
);
