import hljs from "highlight.js/lib/core";
import typescript from "highlight.js/lib/languages/typescript";
import type { Html } from "../../report/mod.ts";

hljs.registerLanguage("typescript", typescript);

/**
 * TypeScript as HTML, its words in spans with the classes of highlight.js.
 *
 * @param code The code.
 * @returns The HTML; the code's own `<`, `>` and `&` are escaped.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { highlight } from "./highlight.ts";
 *
 * assertEquals(highlight("a < 1").markup, `a &lt; <span class="hljs-number">1</span>`);
 * ```
 */
export function highlight(code: string): Html {
  return { markup: hljs.highlight(code, { language: "typescript" }).value };
}
