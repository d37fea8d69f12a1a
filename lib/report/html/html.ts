import { escape } from "@std/html";

/** HTML that is safe to insert as it stands. Only {@linkcode html} and {@linkcode join} make it. */
export interface Html {
  /** The HTML itself. */
  readonly markup: string;
}

/**
 * HTML from a template: inserted texts and numbers are escaped, HTML is not, so nothing from data can become markup.
 */
export function html(strings: TemplateStringsArray, ...values: (string | number | Html)[]): Html {
  return {
    markup: strings.reduce((text, part, i) => {
      const value = values[i - 1]!;
      return text + (typeof value === "object" ? value.markup : escape(String(value))) + part;
    }),
  };
}

/** Puts pieces of HTML one after the other, a line each. */
export function join(parts: readonly Html[]): Html {
  return { markup: parts.map(({ markup }) => markup).join("\n") };
}
