import { assertEquals, assertMatch } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { run } from "./_testing.ts";

permittedTest(
  "a mistake on the command line ends with exit code 2, one clear line and no trace",
  async () => {
    const cases: [string[], RegExp][] = [
      [
        ["train", "--config", "nowhere.json"],
        /^error: nowhere\.json: no such configuration file; the presets are in conf/,
      ],
      [["train", "--set", "lora.rnk=4"], /^error: .*unknown key "lora\.rnk", did you mean "lora\.rank"$/],
      [["train", "--set", "training.epochs"], /^error: --set training\.epochs: expected key=value/],
      [["train", "--set", "data.path=nowhere.csv"], /^error: nowhere\.csv: file not found$/],
      [["sweep", "--config", "nowhere.json", "--output", "x"], /^error: nowhere\.json cannot be read: no such file/],
      [["evaluate"], /^error: required option '--run <folder>' not specified$/],
      [["infer", "--run", "nowhere", "--text", "x"], /^error: nowhere: expected the folder of a finished run/],
      [["infer", "--run", "nowhere", "--role", "boss"], /'boss' is invalid/],
      [
        ["mine", "--input", "a.jsonl", "--output", "./a.jsonl", "--run", "a"],
        /^error: mine: --input and --output are the same file$/,
      ],
      [
        ["mine", "--input", "a.csv", "--output", "b.jsonl", "--run", "a", "--set", "model.pooling=mean"],
        /^error: --set: expected --config with it, found --run/,
      ],
      [
        ["export", "--run", "a", "--format", "onnx", "--output", "b", "--float32"],
        /^error: .*--float32: expected --format browser with it, found onnx/,
      ],
      [
        ["prepare", "--input", "a.csv", "--output", "./a.csv"],
        /^error: prepare: --input and --output are the same file$/,
      ],
      [["prepare", "--input", "nowhere.csv", "--output", "x.csv"], /^error: nowhere\.csv: file not found$/],
      [
        ["metrics", "--input", "a.csv", "--score", "s", "--group", "g", "--rank-by", "j", "--rerank", "./a.csv"],
        /--rerank: expected another file than --input$/,
      ],
      [["metrics", "--input", "a.csv", "--score", "s", "--group", "g", "--threshold", "x"], /Expected a number\.$/],
    ];
    await Promise.all(cases.map(async ([args, message]) => {
      const { code, stdout, stderr } = await run(...args);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertMatch(stderr.trimEnd(), message);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    }));
  },
);

permittedTest("an unknown verb or option suggests the one that was meant", async () => {
  const [verb, option] = await Promise.all([run("trian"), run("train", "--confg", "x.json")]);
  assertEquals(verb.stderr, "error: unknown command 'trian'\n(Did you mean train?)\n");
  assertEquals(option.stderr, "error: unknown option '--confg'\n(Did you mean --config?)\n");
  assertEquals([verb.code, option.code], [2, 2]);
});

permittedTest("--help lists every verb, and each verb says what it does", async () => {
  const [all, train] = await Promise.all([run("--help"), run("train", "--help")]);
  assertEquals([all.code, train.code], [0, 0]);
  for (const verb of ["train", "sweep", "evaluate", "infer", "prepare", "metrics"]) {
    assertMatch(all.stdout, new RegExp(`^  ${verb} \\[?options`, "m"));
  }
  assertMatch(train.stdout, /--set <key=value> +override a key/);
});
