import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { parseHeader } from "./safetensors_header.ts";

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
