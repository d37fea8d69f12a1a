/** Text from files, as it may be printed: what a terminal would obey is shown instead of done. */

// deno-lint-ignore no-control-regex -- they are what it is for
const STYLED = /(\x1b\[(?:1|2|22|3[0-7]|39)m)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]/g;

/**
 * A text in which control characters, escape sequences and what turns the direction of writing are escapes such as
 * `\u001b`, which JSON reads as what they stand for; line feeds and tabs stay.
 *
 * @param styles Whether our own styles, bold, dim and plain colours, stay too.
 */
export function printable(text: string, { styles = false }: { readonly styles?: boolean } = {}): string {
  return text.replace(STYLED, (found, style?: string) => {
    if (style !== undefined && styles) return style;
    return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}${found.slice(1)}`;
  });
}

/** A word of a command line, as a shell takes it. */
export function shellQuoted(word: string): string {
  return /^[\w.,:=/+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
