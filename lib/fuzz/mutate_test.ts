import { assert, assertEquals } from "@std/assert";
import { Rng } from "../random.ts";
import { hostileValue, own, Written } from "./hostile.ts";
import { type Input, mutate, mutateJson } from "./mutate.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

Deno.test("mutate() gives the same for the same number, and changes one file or the options", () => {
  const input: Input = { files: { "a.csv": encode("a,b\n1,2\n"), "b.json": encode('{"x": 1}') }, options: '{"y":[1]}' };
  for (const step of range(200)) {
    const changed = mutate(input, step, [input]);
    assertEquals(changed, mutate(input, step, [input]));
    const same = [
      ...Object.keys(input.files).map((name) => input.files[name] === changed.files[name]),
      input.options === changed.options,
    ];
    assert(same.filter((is) => is).length >= 2, `${step}`);
  }
  assertEquals(Object.keys(mutate(input, 1, [input]).files), ["a.csv", "b.json"]);
});

Deno.test("mutateJson() writes what JavaScript's values cannot say: keys, numbers without end, depth, lone surrogates", () => {
  const text = JSON.stringify({ list: [1, 2, 3], name: "some name", nested: { deep: { value: 0.5 } } });
  const texts = range(20_000).map((seed) => mutateJson(text, new Rng(seed), text));
  for (const part of ['"__proto__":', "1e999", "[[[[[[[[", "\\ud800", "\\u0000", '{"a":{"a":']) {
    assert(texts.some((own) => own.includes(part)), part);
  }
  const parsed = texts.map((own) => {
    try {
      return JSON.parse(own);
    } catch {
      return null;
    }
  });
  assert(parsed.filter((value) => value !== null).length > 19_000, "most are JSON");
  assert(parsed.some((value) => value?.list?.length === 2), "an element is left out");
  assert(parsed.some((value) => value?.NAME !== undefined && value.name === undefined), "a key has another case");
});

Deno.test("hostileValue() has values of every type; own() makes __proto__ a key as any other", () => {
  const kinds = new Set(
    range(500).map((seed) => {
      const value = hostileValue(new Rng(seed));
      return value instanceof Written
        ? "written"
        : value === null
        ? "null"
        : Array.isArray(value)
        ? "list"
        : typeof value;
    }),
  );
  assertEquals([...kinds].sort(), ["boolean", "list", "null", "number", "object", "string", "written"]);
  assertEquals(Object.keys(own({}, "__proto__", 1)), ["__proto__"]);
});
