/** UTF-8 that was read in another encoding, as `Ã©` for é, and how to read it back. */

/** The letters that the bytes 128–255 stand for in an encoding that a program may have taken UTF-8 for. */
interface Misreading {
  readonly byteOf: ReadonlyMap<string, number>;
  readonly pattern: RegExp;
}

const LATIN = misreading("windows-1252");
const MAC = misreading("macintosh");
/** A closing quotation mark whose last byte has no letter in windows-1252 and so was lost. */
const CUT_QUOTE = new RegExp(`â€(?!${letters(LATIN.byteOf, 0x80, 0xbf)})`, "gu");
/** A no-break space, of which the second letter became a plain space: no word of any language. */
const CUT_SPACE = /(?<!\p{L})Â(?=\s|$)/gu;
/** Twice read wrongly is not rare; more often has not been seen. */
const MOST_TIMES = 3;

/**
 * Reads back what was UTF-8 and was decoded as windows-1252, ISO 8859-1 or Mac Roman, up to three times over: `Ã©` and
 * `√©` are é, `â€™` and `‚Äô` are ’. Other text stays as it is: a sequence counts only if its bytes are valid UTF-8, and
 * those of two bytes outside Latin-1 (`Å‚` for ł) only beside a small letter or another such sequence.
 */
export function mendMojibake(text: string): string {
  let mended = text;
  for (let times = 0; times < MOST_TIMES; times++) {
    const before = mended;
    for (const kind of [LATIN, MAC]) mended = mended.replace(kind.pattern, (written) => decoded(written, kind));
    mended = mended.replace(CUT_QUOTE, "”").replace(CUT_SPACE, "");
    if (mended === before) break;
  }
  return mended;
}

function misreading(encoding: "windows-1252" | "macintosh"): Misreading {
  const byteOf = new Map<string, number>();
  const decoder = new TextDecoder(encoding);
  for (let byte = 0x80; byte <= 0xff; byte++) byteOf.set(decoder.decode(Uint8Array.of(byte)), byte);
  // ISO 8859-1 differs from windows-1252 in the control characters only.
  if (encoding === "windows-1252") {
    for (let byte = 0x80; byte <= 0x9f; byte++) byteOf.set(String.fromCharCode(byte), byte);
  }
  const next = letters(byteOf, 0x80, 0xbf);
  const long = [[0xe0, 0xef, "{2}"], [0xf0, 0xf4, "{3}"], [0xc2, 0xc3, ""]] as const;
  const sure = long.map(([from, to, times]) => letters(byteOf, from, to) + next + times).join("|");
  const pair = `${letters(byteOf, 0xc4, 0xdf)}${next}`;
  const foreign = `(?:${pair}){2,}|(?<=\\p{Ll})${pair}|${pair}(?=\\p{Ll})`;
  return { byteOf, pattern: new RegExp(encoding === "macintosh" ? sure : `${sure}|${foreign}`, "gu") };
}

/** A class of the letters whose bytes lie in a range. */
function letters(byteOf: ReadonlyMap<string, number>, from: number, to: number): string {
  const codes = [...byteOf].filter(([, byte]) => byte >= from && byte <= to)
    .map(([letter]) => `\\u{${letter.codePointAt(0)!.toString(16)}}`);
  return `[${codes.join("")}]`;
}

function decoded(written: string, { byteOf }: Misreading): string {
  const bytes = Uint8Array.from(written, (letter) => byteOf.get(letter)!);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return written;
  }
}
