/**
 * BERT's tokenizer, as `@huggingface/transformers` runs it from a model's `tokenizer.json`.
 *
 * What differs from calling that library directly: a text is data, so a literal "[SEP]" in it stays what it is, three
 * tokens; the file's own truncation and padding are not obeyed (MiniLM's file cuts at 128 tokens and fills up to 128),
 * the caller's limit is; a long text is tokenized no further than the limit.
 */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { readJson } from "../files.ts";

/** Turns texts into token ids. */
export interface Tokenizer {
  /** Ids are below this. */
  readonly vocabSize: number;
  /**
   * The token ids of a text: [CLS], its word pieces, [SEP]; at most `maxLength` of them (2 or more), what is beyond is
   * cut off at the end of the text. Lone surrogates count as the replacement character, which BERT drops.
   */
  encode(text: string, options: { readonly maxLength: number }): number[];
}

const only = (value: string) => z.literal(value, `expected ${value}, because only BERT's tokenizer is supported`);
const TokenizerFile = z.looseObject({
  model: z.looseObject({ type: only("WordPiece"), vocab: z.record(z.string(), z.int().nonnegative()) }),
  normalizer: z.looseObject({
    type: only("BertNormalizer"),
    lowercase: z.boolean(),
    handle_chinese_chars: z.literal(true, "expected true, as in every BERT tokenizer"),
  }),
  pre_tokenizer: z.looseObject({ type: only("BertPreTokenizer") }),
});

/**
 * Reads a tokenizer from a `tokenizer.json`, or from a folder with one.
 * @throws {InputError} If the file cannot be read or is not a BERT tokenizer; the message names file and key.
 */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  const file = path.endsWith(".json") ? path : `${path}/tokenizer.json`;
  const json = await readJson(file, TokenizerFile);
  const { vocab } = json.model;
  const [clsId, sepId] = ["[CLS]", "[SEP]"].map((token) => {
    const id = vocab[token];
    if (id === undefined) throw new InputError(`${file}, "model.vocab": expected BERT's special token ${token}`);
    return id;
  }) as [number, number];
  const vocabSize = Object.values(vocab).reduce((most, id) => Math.max(most, id + 1), 0);

  // Loaded here because it takes a quarter of a second and 55 MB, which commands that read no text should not pay.
  const { PreTrainedTokenizer } = await import("@huggingface/transformers");
  // Without added tokens nothing in a text can become one; [CLS] and [SEP] are put around it below.
  const library = new PreTrainedTokenizer({ ...json, added_tokens: [], truncation: null, padding: null }, {});
  const { lowercase } = json.normalizer;

  return {
    vocabSize,
    encode(text, { maxLength }) {
      if (!Number.isInteger(maxLength) || maxLength < 2) {
        throw new RangeError(`Expected maxLength to be a whole number of at least 2, got ${maxLength}`);
      }
      const ids = [clsId];
      for (const segment of segments(text, 8 * maxLength)) {
        const pieces = library.encode(prepare(segment, lowercase), { add_special_tokens: false });
        ids.push(...pieces.slice(0, maxLength - 1 - ids.length));
        if (ids.length === maxLength - 1) break;
      }
      ids.push(sepId);
      return ids;
    },
  };
}

/**
 * Where a text may be cut without changing a token: before ASCII white space or punctuation, or a common CJK character.
 * Every later step keeps the two sides apart. Cleaning and lower-casing look at one character (see `prepare`); Unicode
 * decomposition never reorders or composes across these characters, which have combining class 0 and no decomposition;
 * and words end at each of them. Vertical tab and form feed are not among them: BERT drops them, which joins their
 * neighbours. A word can be any number of characters, so no fixed cut would be safe.
 */
const BOUNDARY = /[\t\n\r !-/:-@[-`{-~\u4e00-\u9fff]/g;

/** Cuts a text at safe places into parts of a little over `size` characters, lazily. */
function* segments(text: string, size: number): Generator<string> {
  for (let start = 0; start < text.length;) {
    BOUNDARY.lastIndex = start + size;
    const end = BOUNDARY.exec(text)?.index ?? text.length;
    yield text.slice(start, end);
    start = end;
  }
}

/**
 * What the JavaScript library does otherwise than the Rust one that the models were trained with, put right beforehand
 * (huggingface/tokenizers, `normalizers/bert.rs` and `NormalizedString::lowercase`): it overlooks CJK characters beyond
 * the first 65,536, and lower-cases a Σ at the end of a word to ς.
 */
function prepare(text: string, lowercase: boolean): string {
  const prepared = text.toWellFormed().replace(RARE_CJK, " $& ");
  return lowercase ? prepared.replaceAll("Σ", "σ") : prepared;
}

const RARE_CJK = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;
