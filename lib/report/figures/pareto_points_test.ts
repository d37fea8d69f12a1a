import { assertEquals } from "@std/assert";
import type { Contender, SummaryFront, SummaryRow } from "../../evaluate/seeds/summary.ts";
import { paretoPoints } from "./pareto_points.ts";

const interval = {
  low: 0.1,
  high: 0.3,
  level: 0.95,
  method: "percentile",
  resamples: 9,
  undefinedResamples: 0,
  bias: 0,
};

function sweepOf(names: readonly string[]) {
  const contenders = names.map((title) => ({ title, model: title === "base model" ? "base" : "tuned" }) as Contender);
  const common = { table: "test", noise: null, change: null } as const;
  const rows = contenders.flatMap((contender): SummaryRow[] =>
    [
      { ...common, contender, attribute: null, metric: "rocAuc", crossed: { ...interval, low: 0.8 }, pooled: null },
      { ...common, contender, attribute: "gender", metric: "equalizedOddsDifference", crossed: null, pooled: null },
      {
        ...common,
        contender,
        attribute: "education",
        metric: "equalizedOddsDifference",
        crossed: null,
        pooled: { value: { value: 0.2 }, crossed: interval },
      },
    ] as unknown as SummaryRow[]
  );
  const front: SummaryFront = {
    table: "test",
    attribute: "education",
    gap: "equalizedOddsDifference",
    contenders,
    points: contenders.map((_, i) => ({ rocAuc: 0.85 - i / 100, gap: 0.2 })),
    front: { front: [1], dominated: [], excluded: [] },
  };
  return { front, rows };
}

Deno.test("paretoPoints() takes the intervals of the front's own table, attribute and gap", () => {
  const { front, rows } = sweepOf(["base model", "plain"]);
  const [base] = paretoPoints(front, rows);
  assertEquals(
    base,
    {
      name: "base model",
      rocAuc: 0.85,
      gap: 0.2,
      rocAucInterval: { ...interval, low: 0.8 },
      gapInterval: interval,
      named: true,
    } as typeof base,
  );
});

Deno.test("paretoPoints() of many contenders names the base model and the front", () => {
  const { front, rows } = sweepOf(["base model", ...Array.from({ length: 11 }, (_, i) => `trial ${i}`)]);
  const named = paretoPoints(front, rows).filter((point) => point.named).map(({ name }) => name);
  assertEquals(named, ["base model", "trial 0"]);
});
