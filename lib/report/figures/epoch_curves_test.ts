import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { EpochRecord } from "../../train/history.ts";
import { assertSnapshot } from "./_testing.ts";
import { epochCurves } from "./epoch_curves.ts";

const epochs = [[0.85, 0.3, 0.35, true], [0.89, 0.25, null, true], [0.88, 0.1, 0.2, true], [0.9, 0.15, 0.25, false]]
  .map(([rocAuc, parity, odds, best], i) => ({
    epoch: i + 1,
    step: 50 * (i + 1),
    trainLoss: 0.5 - 0.05 * i,
    validationLoss: 0.45,
    rocAuc,
    averagePrecision: 0.7,
    gaps: [
      { attribute: "education", gap: "demographicParityDifference", value: parity },
      { attribute: "education", gap: "equalizedOddsDifference", value: odds },
      { attribute: "gender", gap: "equalizedOddsDifference", value: 0.9 },
    ],
    best,
  })) as EpochRecord[];
const constraint = { gap: "demographicParityDifference", max: 0.12 } as const;
const figure = epochCurves({ name: "fair", epochs, attribute: "education", constraint });

Deno.test("epochCurves() looks as reviewed", () => assertSnapshot(figure));

Deno.test("epochCurves() shows AUC and the attribute's gaps, and marks the epoch kept and the bound", () => {
  const curves = figure.data as { name: string; y: (number | null)[]; marker: { size: number[] } }[];
  assertEquals(curves.map(({ name }) => name), [
    "validation ROC-AUC",
    "demographic parity difference",
    "equalized odds difference",
    "training loss",
    "validation loss",
  ]);
  assertEquals(curves[0]!.y, [0.85, 0.89, 0.88, 0.9]);
  assertEquals(curves[2]!.y, [0.35, null, 0.2, 0.25]);
  // Epoch 3: the last that was best when it came.
  assertEquals(curves[0]!.marker.size, [7, 7, 12, 7]);
  assertEquals(
    figure.title,
    "Epoch 3 of 4 is kept: validation ROC-AUC 0.880, demographic parity difference 0.100 within its bound 0.12",
  );
  assertStringIncludes(
    figure.alt,
    "Epoch 2: ROC-AUC 0.890, demographic parity difference 0.250, equalized odds difference undefined",
  );
});

Deno.test("epochCurves() says so when the bound is broken, when there are no gaps, and when no epoch is kept", () => {
  assertStringIncludes(
    epochCurves({ name: "x", epochs, attribute: "education", constraint: { ...constraint, max: 0.05 } }).title,
    "0.100 above its bound 0.05",
  );
  const plain = epochCurves({ name: "x", epochs: epochs.slice(0, 1) });
  assertEquals([plain.title, plain.data.length], ["The only epoch is kept: validation ROC-AUC 0.850", 3]);
  assertEquals(
    epochCurves({ name: "x", epochs: epochs.slice(3) }).title,
    "No epoch is kept",
  );
  assertThrows(() => epochCurves({ name: "x", epochs: [] }), RangeError, "at least one epoch");
});
