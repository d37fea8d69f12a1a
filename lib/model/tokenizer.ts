/**
 * BERT's tokenizer, as `@huggingface/transformers` runs it from a model's `tokenizer.json`.
 *
 * What differs from calling that library directly: a text is data, so a literal "[SEP]" in it stays what it is, three
 * tokens, while tokens that the model's makers added are found in it; the file's own truncation and padding are not
 * obeyed (MiniLM's file cuts at 128 tokens and fills up to 128), the caller's limit is; a long text is tokenized no
 * further than the limit.
 */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { exists, readJson } from "../files.ts";
import { addedTokenSplitter } from "./added_tokens.ts";
import { shellQuoted } from "../printable.ts";

/** Turns texts into token ids. */
export interface Tokenizer {
  /** Ids are below this. */
  readonly vocabSize: number;
  /** The token that stands for a word that is not told. */
  readonly maskId: number;
  /**
   * The token ids of a text: [CLS], its word pieces, [SEP]; at most `maxLength` of them (2 or more), what is beyond is
   * cut off at the end of the text, or at its beginning where `tokenizer_config.json` says so. Lone surrogates count as
   * the replacement character, which BERT drops.
   */
  encode(text: string, options: { readonly maxLength: number }): number[];
}

const only = (value: string) => z.literal(value, `expected ${value}, because only BERT's tokenizer is supported`);
const id = z.int("expected a token's number").nonnegative("expected a token's number");
const AddedToken = z.object({
  id,
  content: z.string().min(1).max(200, "expected at most 200 characters"),
  special: z.boolean().default(false),
  single_word: z.boolean().default(false),
  normalized: z.boolean().optional(),
}).transform(({ normalized, ...token }) => ({ ...token, normalized: normalized ?? !token.special }));
type AddedToken = z.output<typeof AddedToken>;

const TokenizerFile = z.looseObject({
  model: z.looseObject({
    type: only("WordPiece"),
    vocab: z.record(z.string(), id),
    unk_token: z.string().default("[UNK]"),
    continuing_subword_prefix: z.string().default("##"),
    // BERT's is 100; the time of a word grows with its cube.
    max_input_chars_per_word: z.int().positive().max(200, "expected at most 200").default(100),
  }),
  normalizer: z.looseObject({
    type: only("BertNormalizer"),
    clean_text: z.literal(true, "expected true, as in every BERT tokenizer").default(true),
    lowercase: z.boolean(),
    strip_accents: z.boolean().nullish(),
    handle_chinese_chars: z.literal(true, "expected true, as in every BERT tokenizer"),
  }),
  pre_tokenizer: z.looseObject({ type: only("BertPreTokenizer") }),
  post_processor: z.looseObject({
    type: z.enum(["TemplateProcessing", "BertProcessing"], "expected BERT's, which puts [CLS] and [SEP] around a text"),
  }).nullish(),
  added_tokens: z.array(AddedToken).max(10_000, "expected at most 10000 added tokens").default([]),
});

const TokenizerConfig = z.looseObject({
  tokenizer_class: z.string().nullish(),
  do_lower_case: z.boolean().nullish(),
  strip_accents: z.boolean().nullish(),
  truncation_side: z.enum(["left", "right"]).nullish(),
  model_max_length: z.number().nullish(),
});

/**
 * Reads a model folder's `tokenizer_config.json`; null if there is none.
 * @throws {InputError} If it cannot be read, or a setting that is used here is malformed.
 */
export async function readTokenizerConfig(dir: string): Promise<z.output<typeof TokenizerConfig> | null> {
  const path = `${dir}/tokenizer_config.json`;
  return await exists(path) ? await readJson(path, TokenizerConfig) : null;
}

/**
 * Reads a tokenizer from a `tokenizer.json`, or from a folder with one, where `tokenizer_config.json` has the last word
 * on letter case, accents and the end that is cut, as in transformers. `lowercase`: texts are lower-cased whatever
 * these files say.
 * @throws {InputError} If a file cannot be read or is not a BERT tokenizer; the message names file and key.
 */
export async function loadTokenizer(
  path: string,
  options: { readonly lowercase?: boolean } = {},
): Promise<Tokenizer> {
  return await tokenizerOf(await readTokenizer(path), options);
}

/** What a tokenizer is made of: plain data, to be kept or sent. */
export interface TokenizerFiles {
  /** For errors. */
  readonly file: string;
  readonly json: z.output<typeof TokenizerFile>;
  readonly config: z.output<typeof TokenizerConfig> | null;
}

/** Reads what {@linkcode loadTokenizer} makes a tokenizer of. Throws as it does. */
export async function readTokenizer(path: string): Promise<TokenizerFiles> {
  const dir = path.endsWith(".json") ? path.replace(/[^/]*$/, "").replace(/(?<=.)\/$/, "") || "." : path;
  const file = path.endsWith(".json") ? path : `${path}/tokenizer.json`;
  await refuseOldFiles(dir, file);
  return { file, json: await readJson(file, TokenizerFile), config: await readTokenizerConfig(dir) };
}

/** A tokenizer from what its files hold. Throws as {@linkcode loadTokenizer} does where ids are not those of tokens. */
export async function tokenizerOf(
  { file, json, config }: TokenizerFiles,
  options: { readonly lowercase?: boolean } = {},
): Promise<Tokenizer> {
  // transformers builds BertTokenizer from these settings, and others from tokenizer.json alone.
  const { do_lower_case = null, strip_accents = null } =
    /^BertTokenizer(Fast)?$/.test(config?.tokenizer_class ?? "BertTokenizer") ? config ?? {} : {};
  const normalizer = {
    ...json.normalizer,
    lowercase: do_lower_case ?? json.normalizer.lowercase,
    strip_accents: strip_accents ?? json.normalizer.strip_accents ?? null,
  };
  const { clsId, sepId, maskId, vocabSize } = checkVocabulary(file, json);

  // Loaded here because it takes a quarter of a second and 55 MB, which commands that read no text should not pay.
  const { PreTrainedTokenizer } = await import("@huggingface/transformers");
  // The library puts added tokens into the vocabulary, where parts of words can become one: they are found below.
  const unused = { added_tokens: [], truncation: null, padding: null, post_processor: null, decoder: null };
  const library = new PreTrainedTokenizer({ ...json, normalizer, ...unused }, {});
  const lowercase = { before: Boolean(options.lowercase) && !normalizer.lowercase, within: normalizer.lowercase };
  const normalize = library._tokenizer.normalizer as unknown as (text: string) => string;
  const split = addedTokenSplitter(json.added_tokens, (text) => normalize(prepare(text, lowercase)));

  /** The ids of a text, part after part, as far as they are asked for. */
  function* idsOf(text: string, size: number): Generator<number[]> {
    for (const part of split(text.toWellFormed())) {
      if (typeof part === "number") yield [part];
      else {
        for (const segment of segments(part, size)) {
          yield library.encode(prepare(segment, lowercase), { add_special_tokens: false });
        }
      }
    }
  }

  return {
    vocabSize,
    maskId,
    encode(text, { maxLength }) {
      if (!Number.isInteger(maxLength) || maxLength < 2) {
        throw new RangeError(`Expected maxLength to be a whole number of at least 2, got ${maxLength}`);
      }
      const room = maxLength - 2;
      const ids: number[] = [];
      for (const part of idsOf(text, 8 * maxLength)) {
        for (const id of part) ids.push(id);
        if (config?.truncation_side !== "left" && ids.length >= room) break;
      }
      const kept = config?.truncation_side === "left" ? ids.slice(Math.max(0, ids.length - room)) : ids.slice(0, room);
      return [clsId, ...kept, sepId];
    },
  };
}

/** Says how what old folders have becomes a `tokenizer.json`. */
async function refuseOldFiles(dir: string, file: string): Promise<void> {
  if (await exists(file) || !await exists(`${dir}/vocab.txt`)) return;
  const code = "import sys; from transformers import AutoTokenizer; AutoTokenizer.from_pretrained(sys.argv[1])" +
    ".save_pretrained(sys.argv[1])";
  throw new InputError(
    `${dir}: expected tokenizer.json, found vocab.txt, from which it is made with python -c "${code}" ` +
      shellQuoted(dir),
  );
}

/** Checks that every id that can come out is a token's. */
function checkVocabulary(file: string, { model, added_tokens }: z.output<typeof TokenizerFile>) {
  const { vocab, unk_token } = model;
  const [clsId, sepId] = ["[CLS]", "[SEP]"].map((token) => {
    const id = vocab[token];
    if (id === undefined) throw new InputError(`${file}, "model.vocab": expected BERT's special token ${token}`);
    return id;
  }) as [number, number];
  if (!Object.hasOwn(vocab, unk_token)) {
    throw new InputError(`${file}, "model.unk_token": expected a token of the vocabulary, found ${quoted(unk_token)}`);
  }
  const tokenOf = new Map<number, string>();
  for (
    const [token, id] of [
      ...Object.entries(vocab),
      ...added_tokens.map(({ content, id }) => [content, id] as const),
    ]
  ) {
    const other = tokenOf.get(id) ?? token;
    if (other !== token) {
      throw new InputError(`${file}: token ${id} is both ${quoted(other)} and ${quoted(token)}`);
    }
    tokenOf.set(id, token);
  }
  // A tokenizer that was never trained with masks has none; what it does not know says as little.
  const maskId = Object.hasOwn(vocab, "[MASK]") ? vocab["[MASK]"]! : vocab[unk_token]!;
  return { clsId, sepId, maskId, vocabSize: [...tokenOf.keys()].reduce((most, id) => Math.max(most, id + 1), 0) };
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
 * the first 65,536, and lower-cases a Σ at the end of a word to ς. `before`: the text is lower-cased in front of a
 * normalizer that does not.
 */
function prepare(text: string, lowercase: { readonly before: boolean; readonly within: boolean }): string {
  const prepared = text.toWellFormed().replace(RARE_CJK, " $& ");
  const sigma = lowercase.before || lowercase.within ? prepared.replaceAll("Σ", "σ") : prepared;
  return lowercase.before ? sigma.toLowerCase() : sigma;
}

const RARE_CJK = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

function quoted(token: string): string {
  return JSON.stringify(token.slice(0, 60));
}
