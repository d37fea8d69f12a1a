/** Résumés with another educational background, for training and evaluation: written from the originals, then masked. */
import type { Config } from "./config.ts";
import { type Counterfactuals, educationCounterfactuals, type Example, maskEducation } from "../data/mod.ts";
import { Rng } from "../random.ts";

/** The twins of some résumés. */
export interface ResumeTwins {
  /** From a résumé, as the model sees it, to its twins as the model would see them. */
  readonly twinsOf: ReadonlyMap<string, readonly string[]>;
  /** Originals and twins side by side, unmasked, as `writeCounterfactuals` writes them for review. */
  readonly review: readonly { id: string; text: string; counterfactuals: Counterfactuals }[];
}

/**
 * Writes twins of the résumés of examples: another degree level, or a school of another standing.
 *
 * A masked twin may well equal its original; it is kept, since that is what masking is for.
 *
 * @param examples The examples, masked as the configuration says.
 * @param originals From a masked résumé to the original; one that is not in it is its own.
 * @param config Says what is masked, and the seed.
 * @param perResume How many twins of each résumé are kept, drawn from all that can be written.
 * @param purpose Names the draw: training and evaluation have different twins.
 * @returns The twins; a résumé of which none can be written has no entry.
 */
export function resumeTwins(
  examples: readonly Example[],
  originals: ReadonlyMap<string, string>,
  config: Config,
  perResume: number,
  purpose: string,
): ResumeTwins {
  const mask = (text: string) => maskEducation(text, { kinds: config.data.mask }).text;
  // The name is part of the seed: another word would draw others.
  const rng = new Rng(config.training.seed).derive(`twins for ${purpose}`);
  const twinsOf = new Map<string, readonly string[]>();
  const review: ResumeTwins["review"][number][] = [];
  for (const { resume, candidateId } of examples) {
    if (twinsOf.has(resume)) continue;
    const text = originals.get(resume) ?? resume;
    const all = educationCounterfactuals(text, { rng });
    const kept = rng.derive(text).shuffle([...all.counterfactuals]).slice(0, perResume);
    review.push({ id: candidateId, text, counterfactuals: { ...all, counterfactuals: kept } });
    twinsOf.set(resume, kept.map((twin) => mask(twin.text)));
  }
  for (const [resume, twins] of twinsOf) if (twins.length === 0) twinsOf.delete(resume);
  return { twinsOf, review };
}

/** One twin of each résumé that is evaluated; none where the configuration asks for none. */
export function evaluationTwins(
  examples: readonly Example[],
  originals: ReadonlyMap<string, string>,
  config: Config,
): ResumeTwins {
  if (!config.evaluation.counterfactuals) return { twinsOf: new Map(), review: [] };
  return resumeTwins(examples, originals, config, 1, "evaluation");
}
