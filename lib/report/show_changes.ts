import { html } from "./html/html.ts";
import { type Displayable, JUPYTER_DISPLAY } from "./display.ts";

/** A piece of a text that something else took the place of. */
export interface ShownChange {
  /** Where it begins in the old text. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/**
 * Shows a text with what was changed in it: the old struck out, the new underlined.
 *
 * @param text The old text.
 * @param changes What was replaced, in order and without overlap, as `maskEducation` and `educationCounterfactuals` report it.
 * @param options A caption above it.
 * @returns What the last line of a cell should be. All texts are escaped; as plain text it reads `[-old-]{+new+}`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { maskEducation } from "../data/mod.ts";
 * import { JUPYTER_DISPLAY } from "./display.ts";
 * import { showChanges } from "./show_changes.ts";
 *
 * const text = "Earned an MBA in 2014.";
 * const shown = showChanges(text, maskEducation(text).replacements)[JUPYTER_DISPLAY]();
 * assertEquals(shown["text/plain"], "Earned [-an MBA-]{+a qualification+} in [-2014-]{+some year+}.");
 * ```
 */
export function showChanges(
  text: string,
  changes: readonly ShownChange[],
  { caption }: { readonly caption?: string } = {},
): Displayable {
  const kept = (i: number) => text.slice(changes[i - 1]?.end ?? 0, changes[i]?.start ?? text.length);
  const old = ({ start, end }: ShownChange) => text.slice(start, end);
  const marked = changes.map((change, i) => html`${kept(i)}<del>${old(change)}</del> <ins>${change.replacement}</ins>`);
  const above = caption === undefined ? html`` : html`<strong>${caption}</strong><br>`;
  const plain = changes.map((change, i) => `${kept(i)}[-${old(change)}-]{+${change.replacement}+}`);
  return {
    [JUPYTER_DISPLAY]: () => ({
      "text/html":
        html`<p>${above}${{ markup: marked.map(({ markup }) => markup).join("") }}${kept(changes.length)}</p>`.markup,
      "text/plain": [...(caption === undefined ? [] : [`${caption}\n`]), ...plain, kept(changes.length)].join(""),
    }),
  };
}
