import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../errors.ts";
import { permittedTest } from "../_testing.ts";
import { readTable } from "../data/mod.ts";
import { bytes, COMMIT, fakeHub, NAME } from "../testdata/fake_hub.ts";
import { localPath } from "./mod.ts";

const TABLES = {
  "train.csv": bytes("resume,label\nwelder,1\n"),
  "data/pairs 1.jsonl": bytes('{"resume": "nurse", "label": 0}\n'),
  "README.md": bytes("# A data set"),
};
const PARQUET = new URL("../testdata/tables/snappy.parquet", import.meta.url);

permittedTest("localPath() downloads the one file of a data set, where Python's library keeps it", async () => {
  await using hub = await fakeHub({ files: TABLES });
  const path = await localPath(`hf://datasets/${NAME}/data/pairs 1.jsonl`, hub.options);
  const snapshot = `${hub.options.cacheDir}/datasets--owner--tiny/snapshots/${COMMIT}`;
  assertEquals(path, `${snapshot}/data/pairs 1.jsonl`);
  assertEquals(await Deno.readFile(path), TABLES["data/pairs 1.jsonl"]);
  assertEquals([...Deno.readDirSync(snapshot)].map(({ name }) => name), ["data"]);
  assertEquals(hub.log, [`GET /api/models/${NAME}/revision/main`, "GET /data/pairs%201.jsonl"]);
  const offline = { ...hub.options, offline: true };
  assertEquals(await localPath(`hf://datasets/${NAME}/data/pairs 1.jsonl`, offline), path);
  assertEquals(await localPath(`hf://datasets/${NAME}@${COMMIT}/data/pairs 1.jsonl`, offline), path);
  assertEquals(await localPath("data/pairs 1.jsonl"), "data/pairs 1.jsonl");
});

permittedTest("localPath() asks for the branch of Parquet by its short name and its long ones", async () => {
  const asked: string[] = [];
  const intercept = (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return undefined;
  };
  await using hub = await fakeHub({ files: TABLES, intercept });
  for (const revision of ["~parquet", "refs/convert/parquet", "refs%2Fconvert%2Fparquet"]) {
    const path = await localPath(`hf://datasets/${NAME}@${revision}/train.csv`, hub.options);
    assertEquals(path, `${hub.options.cacheDir}/datasets--owner--tiny/snapshots/${COMMIT}/train.csv`);
  }
  assertEquals(asked[0], `/api/datasets/${NAME}/revision/refs%2Fconvert%2Fparquet`);
});

permittedTest("localPath() says what is wrong: path, file, data set, bytes, and being offline", async () => {
  await using hub = await fakeHub({
    files: TABLES,
    intercept: (request, path) => {
      if (path.includes("owner/none")) return new Response("", { status: 404 });
      return request.method === "GET" && path.endsWith("/README.md") ? new Response("# A data Set") : undefined;
    },
  });
  const failing = async (path: string, more = {}) => {
    const { message } = await assertRejects(() => localPath(path, { ...hub.options, ...more }), InputError);
    return message;
  };
  for (const path of ["hf://owner/tiny/train.csv", "hf://datasets/owner/tiny", "hf://datasets/owner/tiny/../x.csv"]) {
    assertEquals(
      await failing(path),
      `${path}: expected hf://datasets/<owner>/<name>/<file> or …/<name>@<revision>/<file>`,
    );
  }
  assertStringIncludes(
    await failing(`hf://datasets/${NAME}/trian.csv`),
    `${NAME} has no file trian.csv, did you mean train.csv; its tables are train.csv, data/pairs 1.jsonl`,
  );
  assertStringIncludes(await failing("hf://datasets/owner/none/train.csv"), "there is no data set owner/none on http");
  assertStringIncludes(
    await failing(`hf://datasets/${NAME}/README.md`),
    "README.md: the file that arrived has checksum",
  );
  assertStringIncludes(
    await failing(`hf://datasets/${NAME}/train.csv`, { offline: true }),
    "HF_HUB_OFFLINE forbids to download it: unset it, or give a file of this machine",
  );
});

permittedTest(
  "readTable() reads CSV, JSON lines and Parquet of the hub, and names them as they were given",
  async () => {
    await using hub = await fakeHub({ files: { ...TABLES, "some.parquet": await Deno.readFile(PARQUET) } });
    Deno.env.set("HF_ENDPOINT", hub.options.endpoint);
    Deno.env.set("HF_HUB_CACHE", hub.options.cacheDir);
    try {
      const rows = (file: string) =>
        Array.fromAsync(readTable(`hf://datasets/${NAME}/${file}`), ({ values }) => values);
      assertEquals(await rows("train.csv"), [{ resume: "welder", label: "1" }]);
      assertEquals(await rows("data/pairs 1.jsonl"), [{ resume: "nurse", label: "0" }]);
      assertEquals(
        await rows("some.parquet"),
        await Array.fromAsync(readTable(PARQUET.pathname), ({ values }) => values),
      );
      const error = await assertRejects(
        () => Array.fromAsync(readTable(`hf://datasets/${NAME}/train.csv`, { used: ["job"] })),
        InputError,
      );
      assertStringIncludes(error.message, `hf://datasets/${NAME}/train.csv: expected a column "job"`);
      // Each file asked for its commit once, however often it was read.
      assertEquals(hub.log.filter((line) => line.includes("/api/")).length, 3);
    } finally {
      Deno.env.delete("HF_ENDPOINT");
      Deno.env.delete("HF_HUB_CACHE");
    }
  },
);
