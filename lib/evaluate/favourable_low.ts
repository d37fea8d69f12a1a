/** The words for scores of which the low ones are hoped for: being selected means a score below the threshold then. */

/** Titles of metrics that are about the favourable decision. */
export const LOW_TITLES: Readonly<Record<string, { readonly title: string; readonly short: string }>> = {
  selectionRate: { title: "Rate of the favourable outcome", short: "Favourable" },
  gained: { title: "… only the counterfactual has the favourable outcome", short: "Gain" },
  lost: { title: "… only the original has the favourable outcome", short: "Lose" },
};

/** What the metrics say of decisions for a high score; those of error rates are about the threshold, as ever. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/\bnobody selected\b/, "no score is at least the threshold"],
  [/\beverybody selected\b/, "every score is at least the threshold"],
  [/\bis selected at least as often\b/, "has the favourable outcome at least as often"],
  [/\bof those selected\b/, "of those with the favourable outcome"],
  [/\bis selected\b/, "has the favourable outcome"],
  [/\bare selected in full, or not at all\b/, "have the favourable outcome in full, or not at all"],
];

/** An evaluation with every reason turned round. */
export function withLowReasons<T>(part: T): T {
  if (Array.isArray(part)) return part.map((own) => withLowReasons(own)) as T;
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, own]) => [
      key,
      key === "reason" && typeof own === "string"
        ? REASONS.reduce((text, [from, to]) => text.replace(from, to), own)
        : withLowReasons(own),
    ]),
  ) as T;
}
