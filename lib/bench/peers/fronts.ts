/**
 * Whose front is above: our runs under bounds beside each peer, on the seeds that both have.
 *
 * `deno run -A lib/bench/peers/fronts.ts` reads the tables of this folder and writes `fronts.csv`. A method's front is
 * that of its settings, each the mean over seeds. Its hypervolume counts from our plain LoRA's difference between groups
 * and an AUC of 0.5, so at most that difference × 0.5; differences of hypervolumes have intervals over seeds. `auc_at_5`
 * is the best AUC of a setting whose difference is at most 0.05, `auc_at_10` at most 0.10; empty where there is none.
 * Since more settings make a larger front, `beaten_by_ours` counts the peer's settings that one of ours beats in both
 * numbers, and `beat_ours` ours that one of the peer's beats.
 */
import { readTable, writeTable } from "../../data/mod.ts";
import { hypervolume, quantileOfSorted } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";

const FOLDER = "lib/bench/peers";
const TABLES = ["bounds", "scores", "fairret", "frozen"];
/** Differences between groups, and what decisions drawn at random differ by: where plain is below, there is no front. */
const GAPS = { demographic_parity_difference: 0.06, ground_truth_equalized_odds_difference: 0.11 };
const AUCS = ["roc_auc", "ground_truth_roc_auc"];
const DRAWS = 2000;

/** Numbers by column, of each seed. */
type SeedRuns = Map<number, Record<string, number>>;
type Point = Readonly<Record<"cost" | "gain", number>>;
type Settings = Map<string, SeedRuns>;
const worlds = new Map<string, Map<string, Settings>>();
for (const table of TABLES) {
  for await (const { values } of readTable(`${FOLDER}/${table}.csv`)) {
    const { world, method, setting, seed } = values as Record<string, string>;
    const methods = entry(worlds, world!, () => new Map<string, Settings>());
    const seeds = entry(entry(methods, method!, () => new Map()), setting!, () => new Map());
    seeds.set(
      Number(seed),
      Object.fromEntries([...Object.keys(GAPS), ...AUCS].map((name) => [name, Number(values[name])])),
    );
  }
}

const rows = [];
for (const [world, methods] of worlds) {
  const ours = methods.get("ours"), plain = ours?.get("plain");
  if (ours === undefined || plain === undefined) continue;
  const bounds = new Map([...ours].filter(([setting]) => setting !== "plain"));
  for (const [method, settings] of methods) {
    if (method === "ours") continue;
    const shared = sharedSeeds(bounds, settings);
    if (shared === null) continue;
    const { seeds, own, theirs } = shared;
    for (const [gap, chance] of Object.entries(GAPS)) {
      if (means(plain, [...plain.keys()], gap) <= chance) continue;
      for (const auc of AUCS) {
        const points = (chosen: readonly number[]) =>
          [own, theirs].map((side) =>
            side.map((runs): Point => ({ cost: means(runs, chosen, gap), gain: means(runs, chosen, auc) }))
          );
        const volumes = (chosen: readonly number[]) => {
          const worst = means(plain, chosen, gap);
          const [a, b] = points(chosen).map((side) => hypervolume(side, { cost: worst, gain: 0.5 }));
          return [a!, b!] as const;
        };
        const [mine, peer] = volumes(seeds);
        const rng = new Rng(1);
        const draws = Array.from({ length: DRAWS }, () => {
          const [a, b] = volumes(seeds.map(() => seeds[rng.uint32() % seeds.length]!));
          return a - b;
        }).sort((a, b) => a - b);
        const best = (side: readonly Point[], bound: number) => {
          const within = side.filter(({ cost }) => cost <= bound);
          return within.length === 0 ? "" : digits(Math.max(...within.map(({ gain }) => gain)));
        };
        const [oursAt, theirsAt] = points(seeds) as [Point[], Point[]];
        rows.push({
          world,
          method,
          settings: theirs.length,
          seeds: seeds.length,
          gap,
          auc,
          hypervolume: digits(peer),
          ours: digits(mine),
          ours_minus_peer: digits(mine - peer),
          low: seeds.length < 3 ? "" : digits(quantileOfSorted(draws, 0.025)),
          high: seeds.length < 3 ? "" : digits(quantileOfSorted(draws, 0.975)),
          beaten_by_ours: beaten(theirsAt, oursAt),
          beat_ours: beaten(oursAt, theirsAt),
          auc_at_5: best(theirsAt, 0.05),
          ours_at_5: best(oursAt, 0.05),
          auc_at_10: best(theirsAt, 0.1),
          ours_at_10: best(oursAt, 0.1),
        });
      }
    }
  }
}
await writeTable(`${FOLDER}/fronts.csv`, Object.keys(rows[0]!), rows);

/** The runs of each setting, and the seeds that all have; settings that were run on fewer seeds than others are not. */
function sharedSeeds(ours: Settings, peer: Settings) {
  const [own, theirs] = [ours, peer].map((settings) => {
    const runs = [...settings.values()], most = Math.max(...runs.map(({ size }) => size));
    return runs.filter(({ size }) => size === most);
  }) as [SeedRuns[], SeedRuns[]];
  const seeds = [...own[0]!.keys()].filter((seed) => [...own, ...theirs].every((runs) => runs.has(seed)));
  return seeds.length === 0 ? null : { seeds, own, theirs };
}

/** How many points are beaten in both by one of the others. */
function beaten(points: readonly Point[], others: readonly Point[]): number {
  return points.filter(({ cost, gain }) => others.some((other) => other.cost < cost && other.gain > gain)).length;
}

function means(runs: SeedRuns, seeds: readonly number[], column: string): number {
  return seeds.reduce((sum, seed) => sum + runs.get(seed)![column]!, 0) / seeds.length;
}

function digits(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  if (!map.has(key)) map.set(key, make());
  return map.get(key)!;
}
