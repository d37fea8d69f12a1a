/** How well a fresh classifier guesses people's groups from what the models make of their résumés. */
import type { Config } from "./config.ts";
import type { Example } from "../data/mod.ts";
import { compareLeakage, type LeakageComparison } from "../evaluate/mod.ts";
import type { ModelOutputs } from "./evaluate.ts";

/**
 * Probes both models on people that were not trained on, once for each résumé.
 *
 * @param examples Pairs of such people.
 * @param outputs What the models made of them.
 * @param config Names the attributes, and says how intervals are estimated.
 * @returns By attribute; `undefined` where the configuration asks for no probe.
 */
export async function measureLeakage(
  examples: readonly Example[],
  { base, tuned }: ModelOutputs,
  config: Config,
): Promise<Record<string, LeakageComparison> | undefined> {
  const { leakage, resamples, confidence, smallGroup } = config.evaluation;
  if (!leakage) return undefined;
  const seen = new Set<string>();
  const rows = examples.flatMap(({ candidateId, resume }, i) => {
    const key = JSON.stringify([candidateId, resume]);
    if (seen.has(key)) return [];
    seen.add(key);
    return [i];
  });
  const people = {
    base: rows.map((i) => base.resumes[i]!),
    tuned: rows.map((i) => tuned.resumes[i]!),
    clusters: rows.map((i) => examples[i]!.candidateId),
  };
  const options = { seed: config.training.seed, resamples, permutations: resamples, confidence, smallGroup };
  const found: Record<string, LeakageComparison> = {};
  for (const { name } of config.data.groups) {
    found[name] = await compareLeakage({ ...people, groups: rows.map((i) => examples[i]!.groups[name]!) }, options);
  }
  return found;
}
