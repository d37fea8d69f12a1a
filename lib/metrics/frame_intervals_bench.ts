/**
 * Time of the group table and of 1,000 resamples for every number in it, over 10⁴ to 10⁶ rows in 5 groups. The intervals of
 * decisions take the same time at every size but for one pass over the rows; those of scores level off at 8,192 rows.
 */
import { Rng } from "../random.ts";
import { frameIntervals } from "./frame_intervals.ts";
import { groupRows } from "./groups.ts";
import { metricFrame } from "./metric_frame.ts";

for (const n of [1e4, 1e5, 1e6]) {
  const rng = new Rng(1);
  const education = groupRows(Array.from({ length: n }, () => `level ${rng.int(5)}`));
  const labels = Float64Array.from({ length: n }, () => rng.int(2));
  const scores = labels.map((label) => 1 / (1 + Math.exp(0.5 - label - rng.normal())));
  const predictions = scores.map((score) => score >= 0.5 ? 1 : 0);
  const attributes = { education };
  const once = { n: 1, warmup: 0 };

  Deno.bench({ name: `table, ${n} rows`, group: "table", ...once }, () => {
    metricFrame({ labels, predictions, scores, attributes });
  });
  Deno.bench({ name: `intervals of decisions, ${n} rows`, group: "decisions", ...once }, () => {
    frameIntervals({ labels, predictions, attributes }, { rng });
  });
  Deno.bench({ name: `intervals of scores, ${n} rows`, group: "scores", ...once }, () => {
    frameIntervals({ labels, scores, attributes }, { rng });
  });
}
