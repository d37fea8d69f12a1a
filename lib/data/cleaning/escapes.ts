/** Texts that a program wrote as a literal of its language: `b'…'`, and line breaks written out as `\n`. */

const LITERAL = /^\s*(?:[bB][rR]?|[uU])(['"])/;
const ESCAPE = /\\(?:u\{?([0-9a-fA-F]{4,6})\}?|((?:x[0-9a-fA-F]{2})(?:\\x[0-9a-fA-F]{2})*)|(\r?\n)|(.))/gsu;
const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["f", "\n"],
  ["v", "\n"],
  ["0", ""],
  ["a", ""],
  ["b", ""],
]);

/** Takes a literal of Python (`b'…'`, `b"…"`, `u'…'`, also one that was cut off) for what it stands for, else `null`. */
export function literalText(text: string): string | null {
  const begin = LITERAL.exec(text);
  if (begin === null) return null;
  const quote = begin[1]!, body = text.slice(begin[0].length).trimEnd();
  const closed = body.endsWith(quote) && !/(?:^|[^\\])(?:\\\\)*\\$/.test(body.slice(-40, -1));
  if (!closed && !/\\(?:x[0-9a-fA-F]{2}|[nrt])/.test(body)) return null;
  return unescaped(closed ? body.slice(0, -1) : body);
}

/** A folder of Windows, where `\n` is no line break. */
const PATH = /\b[A-Za-z]:\\[^\s"'<>|]*/g;
const WRITTEN_BREAK = /\\n(.)?/gsu;

/**
 * Makes the line breaks that are written out as `\n` real ones, with `\r`, `\t`, `\"`, `\xe2…` and `\u2022` beside them.
 * It takes them for such where most go before something else than a small letter: `\newpage` and `C:\new` are none.
 */
export function writtenOutBreaks(text: string): string {
  if (!text.includes("\\")) return text;
  let breaks = 0, words = 0;
  for (const [, next] of text.replace(PATH, "").matchAll(WRITTEN_BREAK)) {
    if (next !== undefined && /\p{Ll}/u.test(next)) words++;
    else breaks++;
  }
  if (breaks > 0 && breaks >= words) return unescaped(text);
  return text.replace(/\\u[0-9a-fA-F]{4}|(?:\\x[c-fC-F][0-9a-fA-F](?:\\x[89abAB][0-9a-fA-F])+)/g, unescaped);
}

function unescaped(text: string): string {
  return text.replace(ESCAPE, (whole, code?: string, bytes?: string, lineEnd?: string, letter?: string) => {
    if (code !== undefined) {
      const point = parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    }
    if (bytes !== undefined) return decoded(bytes);
    if (lineEnd !== undefined) return "";
    return SIMPLE.get(letter!) ?? (/[\\'"/]/.test(letter!) ? letter! : whole);
  });
}

/** `xe2\x80\x93`: UTF-8, or else windows-1252. */
function decoded(escapes: string): string {
  const bytes = Uint8Array.from(escapes.split("\\"), (escape) => parseInt(escape.slice(1), 16));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
