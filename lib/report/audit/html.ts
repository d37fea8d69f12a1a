import { escape } from "@std/html";

/** HTML that is safe to insert as it stands. Only {@linkcode html} and {@linkcode join} make it. */
export interface Html {
  readonly markup: string;
}

/**
 * HTML from a template; every inserted text is escaped, so nothing from data can become markup.
 *
 * @param strings The literal parts.
 * @param values Texts and numbers, which are escaped, and HTML, which is not.
 * @returns The HTML.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { html } from "./html.ts";
 *
 * assertEquals(html`<b title="${'"'}">${"<i>"}</b>`.markup, `<b title="&quot;">&lt;i&gt;</b>`);
 * assertEquals(html`<p>${html`<b>x</b>`}</p>`.markup, "<p><b>x</b></p>");
 * ```
 */
export function html(strings: TemplateStringsArray, ...values: (string | number | Html)[]): Html {
  return {
    markup: strings.reduce((text, part, i) => {
      const value = values[i - 1]!;
      return text + (typeof value === "object" ? value.markup : escape(String(value))) + part;
    }),
  };
}

/**
 * Puts pieces of HTML one after the other.
 *
 * @param parts The pieces.
 * @returns Them all, a line each.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { html, join } from "./html.ts";
 *
 * assertEquals(join([html`<hr>`, html`<hr>`]).markup, "<hr>\n<hr>");
 * ```
 */
export function join(parts: readonly Html[]): Html {
  return { markup: parts.map(({ markup }) => markup).join("\n") };
}
