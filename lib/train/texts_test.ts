import { assertEquals } from "@std/assert";
import { TextTable } from "./texts.ts";

/** A tokenizer that gives each character's code, and counts what it is asked. */
function table(instruction = { job: "", resume: "" }) {
  const asked: string[] = [];
  const encode = (text: string, { maxLength }: { maxLength: number }) => {
    asked.push(text);
    return [...text].map((character) => character.charCodeAt(0)).slice(0, maxLength);
  };
  const tokenizer = { encode, vocabSize: 256 };
  return { texts: new TextTable({ tokenizer, maxLength: 3, instruction }), asked };
}

Deno.test("TextTable numbers each text once and cuts it to the maximum length", () => {
  const { texts, asked } = table();
  assertEquals(texts.pair({ resume: "abcd", job: "x" }), { job: 0, resume: 1 });
  assertEquals(texts.pair({ resume: "abcd", job: "y" }), { job: 2, resume: 1 });
  assertEquals([texts.tokens[1], asked], [[97, 98, 99], ["x", "abcd", "y"]]);
});

Deno.test("TextTable tells roles apart where an instruction does", () => {
  const same = table().texts, other = table({ job: ">", resume: "" }).texts;
  assertEquals(same.number("a", "job") === same.number("a", "resume"), true);
  assertEquals(other.number("a", "job") === other.number("a", "resume"), false);
  assertEquals(other.tokens, [[62, 97], [97]]);
});
