import { assertGradients, assertNothing, oneHot, testGolden } from "./_testing.ts";
import { crossEntropy } from "./cross_entropy.ts";

testGolden("cross_entropy", (x) => crossEntropy(x.logits!, x.target!));
testGolden("cross_entropy_class_weights", (x) => crossEntropy(x.logits!, x.target!, { classWeights: x.class_weight! }));
testGolden("cross_entropy_label_smoothing", (x) => crossEntropy(x.logits!, x.target!, { labelSmoothing: 0.1 }));

const logits = { shape: [4, 3], data: [0.3, -1.2, 0.9, 2, -0.4, 0.1, 0.5, 0.6, 0.7, -3, 1, 0] };

Deno.test("crossEntropy(): gradients with weights, smoothing and a row of no class", async () => {
  const feeds = { logits, target: oneHot([2, -1, 0, 2], 3), weight: { shape: [3], data: [0.5, 2, 1] } };
  const options = { labelSmoothing: 0.2 };
  await assertGradients(
    (x) => crossEntropy(x.logits!, x.target!, { ...options, classWeights: x.weight! }),
    feeds,
    ["logits"],
  );
});

Deno.test("crossEntropy() is 0 with a gradient of 0 when no class is known", async () => {
  const feeds = { logits, target: oneHot([-1, -1, -1, -1], 3) };
  await assertNothing((x) => crossEntropy(x.logits!, x.target!, { labelSmoothing: 0.1 }), feeds, "logits", "no class");
});
