/**
 * Tokens that a model's makers added to its vocabulary, found in a text as the Rust library finds them
 * (huggingface/tokenizers, `tokenizer/added_vocabulary.rs`): first those that are looked for in the text as it is,
 * then, in what is left, those that are looked for in the normalised text. From left to right the longest one wins.
 */

/** A token of `tokenizer.json`, `added_tokens`. BERT drops the blanks that `lstrip` and `rstrip` take along. */
export interface AddedToken {
  /** Its number. */
  readonly id: number;
  /** What it looks like. */
  readonly content: string;
  /** Whether it is looked for in the normalised text. */
  readonly normalized: boolean;
  /** Whether no letter or digit may stand beside it. */
  readonly single_word: boolean;
}

/** BERT's own special tokens: a text is data, so a literal "[SEP]" in it stays what it is. */
const BERT_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** Cuts a text into the ids of added tokens and, normalised if there are any, what is between them. */
export function addedTokenSplitter(
  tokens: readonly AddedToken[],
  normalize: (text: string) => string,
): (text: string) => Iterable<string | number> {
  const added = tokens.filter(({ content }) => !BERT_TOKENS.includes(content));
  if (added.length === 0) return (text) => [text];
  const raw = finder(added.filter(({ normalized }) => !normalized));
  const normalized = finder(
    added.filter(({ normalized }) => normalized).map((token) => ({ ...token, content: normalize(token.content) })),
  );
  return function* (text) {
    for (const part of raw(text)) {
      if (typeof part === "number") yield part;
      else yield* normalized(normalize(part));
    }
  };
}

function finder(tokens: readonly AddedToken[]): (text: string) => Iterable<string | number> {
  const byContent = new Map(tokens.filter(({ content }) => content !== "").map((token) => [token.content, token]));
  if (byContent.size === 0) return (text) => [text];
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map((content) => RegExp.escape(content)).join("|"), "gu");
  return function* (text) {
    let start = 0;
    for (const { 0: content, index } of text.matchAll(pattern)) {
      const token = byContent.get(content)!, end = index + content.length;
      if (token.single_word && (WORD_END.test(text.slice(Math.max(0, index - 2), index)) || startsWord(text, end))) {
        continue;
      }
      if (index > start) yield text.slice(start, index);
      yield token.id;
      start = end;
    }
    if (start < text.length) yield text.slice(start);
  };
}

// What Rust's regular expressions call \w.
const WORD = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]";
const WORD_END = new RegExp(`${WORD}$`, "u"), WORD_START = new RegExp(`^${WORD}`, "u");

function startsWord(text: string, at: number): boolean {
  return WORD_START.test(text.slice(at, at + 2));
}
