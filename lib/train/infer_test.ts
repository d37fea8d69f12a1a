import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../errors.ts";
import { readTable } from "../data/read_table.ts";
import { joinParts } from "../data/shards.ts";
import { writeTable } from "../data/write_table.ts";
import { pairRows, printer, quietly, tinyConfig, trainTiny, withFolder } from "./_testing.ts";
import { embed, type InferOptions, inferRun } from "./infer.ts";
import { cosine } from "./token_cache.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

/** One run for all tests of this file. */
const folder = await whenPermitted(async () => {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await trainTiny(folder, { training: { epochs: 1, objective: "cosent" } });
  return folder;
});

/** Infers with the run, and returns what was printed. */
async function infer(options: Partial<InferOptions>): Promise<string> {
  const { print, printed } = printer();
  await quietly(() => inferRun({ run: `${folder}/run`, text: [], role: "resume", ...options, print }));
  return printed();
}

const refused = (options: Partial<InferOptions>, message: string) =>
  assertRejects(() => infer(options), InputError, message);

const rowsOf = (path: string) => Array.fromAsync(readTable(path), ({ values }) => values);

permittedTest(
  "inferRun() keeps the columns of a JSONL file, and gives no probability where the objective has none",
  () =>
    withFolder(async (out) => {
      const input = `${out}/new.jsonl`, output = `${out}/scored.jsonl`;
      const pairs = pairRows(10).slice(0, 7).map(({ resume, job, town }, i) => ({ id: i, resume, job, town }));
      await Deno.writeTextFile(input, pairs.map((pair) => JSON.stringify(pair) + "\n").join(""));
      assertEquals(await infer({ input, output }), `7 rows   ${output}\n`);
      const results = (await Deno.readTextFile(output)).trimEnd().split("\n").map((line) => JSON.parse(line));
      for (const [i, { score, accepted, ...kept }] of results.entries()) {
        assertEquals(kept, { ...pairs[i], id: String(i) }); // tables are read as text
        assert(score >= -1 && score <= 1 && (accepted === 0 || accepted === 1));
      }
    }),
);

permittedTest(
  "inferRun() replaces the columns that it writes when they are there already",
  () =>
    withFolder(async (out) => {
      await writeTable(`${out}/a.csv`, ["score", "job", "resume"], [{ score: 7, job: "nurse", resume: "nurse w1" }]);
      await infer({ input: `${out}/a.csv`, output: `${out}/b.tsv` });
      const [first] = await rowsOf(`${out}/b.tsv`);
      assertEquals(Object.keys(first!), ["job", "resume", "score", "accepted"]);
      assert(Number(first!.score) <= 1);
    }),
);

permittedTest(
  "inferRun() embeds a column as it embeds single texts, with the role's instruction",
  () =>
    withFolder(async (out) => {
      const rows = pairRows(3);
      await writeTable(`${out}/a.csv`, ["job", "n"], rows.map(({ job }, n) => ({ job, n })));
      await infer({ input: `${out}/a.csv`, output: `${out}/b.jsonl`, embed: "job", role: "job" });
      const lines = (await Deno.readTextFile(`${out}/b.jsonl`)).trimEnd().split("\n").map((line) => JSON.parse(line));
      const printed = (await infer({ text: rows.map(({ job }) => job), role: "job" })).trimEnd().split("\n");
      for (const [i, { job, n, embedding }] of lines.entries()) {
        assertEquals([job, n, embedding.length], [rows[i]!.job, String(i), 32]);
        const single = Float32Array.from(JSON.parse(printed[i]!).embedding);
        assertAlmostEquals(cosine(Float32Array.from(embedding), single), 1, 1e-6);
      }
      const cut = await infer({ input: `${out}/a.csv`, output: `${out}/c.jsonl`, embed: "job", dimensions: 8 });
      assertStringIncludes(cut, "! embeddings are cut to 8 numbers, and the run was trained for 32");
    }),
);

permittedTest(
  "inferRun() puts the model's instruction before texts of its role only",
  () =>
    withFolder(async (other) => {
      await trainTiny(other, { model: { queryInstruction: "w7 " }, training: { epochs: 1 } });
      const embed = async (text: string, role: "job" | "resume") =>
        JSON.parse(await infer({ run: `${other}/run`, text: [text], role })).embedding;
      assertEquals(await embed("nurse", "job"), await embed("w7 nurse", "resume"));
      assert(String(await embed("nurse", "job")) !== String(await embed("nurse", "resume")));
    }),
);

permittedTest(
  "inferRun() writes rows long before it has read the last one, and leaves nothing behind when that is wrong",
  () =>
    withFolder(async (out) => {
      const input = `${out}/long.csv`, output = `${out}/scored.csv`;
      const note = "x".repeat(2000);
      const rows = pairRows(400).map(({ resume, job }) => ({ resume, job, note }));
      await writeTable(input, ["resume", "job", "note"], [...rows, { resume: " ", job: "nurse", note }]);
      let largest = 0;
      const watch = setInterval(() => {
        try {
          for (const { name } of Deno.readDirSync(out)) {
            if (name.endsWith(".tmp")) largest = Math.max(largest, Deno.statSync(`${out}/${name}`).size);
          }
        } catch {
          // Not there yet.
        }
      }, 1);
      try {
        await refused({ input, output }, `${input}, row 801, column "resume": expected a text, found nothing`);
      } finally {
        clearInterval(watch);
      }
      assert(largest > 0, "nothing was written before the end");
      assertEquals((await Array.fromAsync(Deno.readDir(out), ({ name }) => name)).sort(), ["long.csv"]);
    }),
);

permittedTest("inferRun() refuses options that do not go together", async () => {
  await refused({}, "infer: expected either --input or --text, found none");
  await refused({ input: "a.csv", text: ["x"] }, "infer: expected either --input or --text, found both");
  await refused({ input: "a.csv" }, "infer: --input also needs --output");
  await refused({ input: "a.csv", output: "a.csv" }, "infer: --input and --output are the same file");
  await refused({ input: "b/../a.csv", output: "./a.csv" }, "infer: --input and --output are the same file");
  await refused({ input: "a.csv", output: "b.csv", embed: "job" }, "it needs an --output that ends in .jsonl");
  await refused({ text: ["x"], embed: "job" }, "it needs an --output that ends in .jsonl");
});

permittedTest("inferRun() names a missing file, run or column", () =>
  withFolder(async (out) => {
    const output = `${out}/b.csv`;
    await refused({ input: `${out}/a.csv`, output }, `${out}/a.csv: file not found`);
    await refused({ run: out, text: ["x"] }, `${out}: expected the folder of a finished run, found no run.json in it`);
    await writeTable(`${out}/a.csv`, ["resume", "position"], []);
    await refused({ input: `${out}/a.csv`, output }, 'expected a column "job", found the columns "resume", "position"');
    await refused({ input: `${out}/a.csv`, output: `${out}/b.jsonl`, embed: "cv" }, 'expected a column "cv"');
  }));

permittedTest(
  "embed() embeds as inferRun() does, with the base model of a configuration too, and counts all tokens",
  async () => {
    const texts = ["nurse w1", "nurse w1 w2 " + "w3 ".repeat(100)];
    const { embeddings, tokens } = await embed(texts, { model: `${folder}/run` });
    const printed = (await infer({ text: texts })).trimEnd().split("\n").map((line) => JSON.parse(line).embedding);
    assertEquals(embeddings.map((vector) => [...vector]), printed);
    const base = await embed(texts, { model: tinyConfig(folder) });
    assertEquals(base.tokens, tokens);
    const maxLength = Number(tinyConfig(folder).model.maxLength);
    assert(tokens[0]! < maxLength && tokens[1]! > 100, `${tokens} of ${maxLength}`);
    assert(cosine(base.embeddings[0]!, embeddings[0]!) < 1 - 1e-9);
  },
);

permittedTest("inferRun() reads a table that is written otherwise than the run's own", () =>
  withFolder(async (out) => {
    const { resume, job } = pairRows(10)[0]!;
    const text = `Zeugnis;Text;Stelle;Text\nZoë;${resume};${job};x\n;NA;${job};x\n`;
    await Deno.writeFile(`${out}/a.csv`, Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    await writeTable(`${out}/plain.csv`, ["resume", "job"], [{ resume, job }]);
    const table = { column: ["resume=Text.0", "job=Stelle"] };
    await refused(
      { input: `${out}/a.csv`, output: `${out}/b.csv`, table },
      'found "NA", which stands for a missing one',
    );
    const one = text.split("\n", 2).join("\n");
    await Deno.writeFile(`${out}/a.csv`, Uint8Array.from(one, (letter) => letter.charCodeAt(0)));
    assert((await infer({ input: `${out}/a.csv`, output: `${out}/b.csv`, table })).includes("read as Windows-1252"));
    await infer({ input: `${out}/plain.csv`, output: `${out}/c.csv` });
    const [own] = await rowsOf(`${out}/b.csv`), [plain] = await rowsOf(`${out}/c.csv`);
    assertEquals([own!["score"], own!["Zeugnis"], own!["Text.1"]], [plain!["score"], "Zoë", "x"]);
  }));

permittedTest(
  "parts of a table join to the bytes that one process writes, of scores and of embeddings",
  () =>
    withFolder(async (out) => {
      const input = `${out}/new.csv`;
      const pairs = Array.from({ length: 850 }, () => pairRows(12)).flat().slice(0, 20_100).map((
        { resume, job },
        i,
      ) => ({
        id: i,
        resume: `${resume} w${i % 531}`,
        job: `${job} w${i % 97}`,
      }));
      await writeTable(input, ["id", "resume", "job"], pairs);
      for (const embed of [undefined, "job"]) {
        const own = embed === undefined ? {} : { embed };
        const output = `${out}/joined.${embed ? "jsonl" : "csv"}`, whole = `${out}/whole.${embed ? "jsonl" : "csv"}`;
        await infer({ input, output: whole, ...own });
        for (const part of [2, 3, 1]) await infer({ input, output, shard: { part, of: 3 }, ...own });
        assertEquals(await joinParts(output), { rows: 20_100, parts: 3 });
        assert(await Deno.readTextFile(output) === await Deno.readTextFile(whole));
      }
    }),
);

permittedTest(
  "inferRun() in 8 bits scores as in float32 to two digits, says so, and only on the CPU",
  () =>
    withFolder(async (out) => {
      const pairs = pairRows(8).map(({ job, resume }) => ({ job, resume }));
      await writeTable(`${out}/a.csv`, ["job", "resume"], pairs);
      const scores = async (precision: "fp32" | "int8") => {
        const printed = await infer({ input: `${out}/a.csv`, output: `${out}/${precision}.csv`, precision });
        assertEquals(printed.includes("computed in 8 bits"), precision === "int8");
        return (await rowsOf(`${out}/${precision}.csv`)).map(({ score }) => Number(score));
      };
      const [exact, rough] = [await scores("fp32"), await scores("int8")];
      assert(rough.some((score, i) => score !== exact[i]));
      for (const [i, score] of rough.entries()) assertAlmostEquals(score, exact[i]!, 0.02);
      await refused({ text: ["nurse"], precision: "int8", device: "tfjs:cpu" }, "expected device cpu, found tfjs:cpu");
    }),
);
