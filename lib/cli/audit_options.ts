/** What of `deno task metrics` says whom an audit compares, and by whose rules. */
import { z } from "zod";
import { flag, option, texts } from "./command.ts";

/** A share as people type it: `0.02` or `2%`. */
const shareText = z.string().transform((text, context) => {
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text) ?? [];
  const share = Number(digits) / (percent === "%" ? 100 : 1);
  if (share > 0 && share < 1) return share;
  context.addIssue(`expected a share in (0, 1) such as 2% or 0.02, found ${text}`);
  return z.NEVER;
});

/** The options. */
export const AUDIT_OPTIONS = {
  favourable: option(
    z.enum(["high", "low"]).default("high"),
    "--favourable <end>",
    "which scores people hope for; with low, as for a risk, selected means a score below the threshold, and label 1 " +
      "is what nobody hopes for",
  ),
  reference: option(
    texts.default([]),
    "--reference <group>",
    "the group that the others are compared with, one per --group; the highest rate of the large groups otherwise",
  ),
  exclude: option(texts.default([]), "--exclude <group>", "leave out a group, and count it; repeatable"),
  keepUnknown: option(
    flag,
    "--keep-unknown",
    'compare groups called "Unknown", "Prefer not to say" and the like too, which are left out otherwise',
  ),
  minShare: option(
    shareText.exactOptional(),
    "--min-share <share>",
    "groups below this share of the rows, such as 2%, have no ratio and are not the reference",
  ),
  standard: option(
    z.enum(["eeoc", "nyc-ll144"]).exactOptional(),
    "--standard <name>",
    "eeoc: four fifths with tests, by the Uniform Guidelines; nyc-ll144: the table of New York City's Local Law 144, " +
      "with rates above the median score unless a threshold is given. No legal advice",
  ),
};
