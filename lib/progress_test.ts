import { assert, assertEquals, assertMatch } from "@std/assert";
import { showCount, showLate, showProgress } from "./progress.ts";

// The tests' standard error is no terminal: they see the lines, not the bar.
function errorLines(run: () => void): string[] {
  const lines: string[] = [];
  const { error } = console;
  console.error = (line: string) => lines.push(line);
  try {
    run();
  } finally {
    console.error = error;
  }
  return lines;
}

const isTerminal = Deno.stderr.isTerminal();

Deno.test({ name: "showProgress() prints ten lines, however often it is updated", ignore: isTerminal }, () => {
  const lines = errorLines(() => {
    const progress = showProgress("training", 1000, { unit: "pairs" });
    for (let done = 1; done <= 1000; done++) progress.update(done, `step ${done}`);
    progress.stop();
  });
  assertEquals(lines.length, 10);
  assertMatch(lines[0]!, /^training: 100\/1000 pairs, \S+ pairs\/s, .+ left, step 100$/);
  assertMatch(lines[9]!, /^training: 1000\/1000 pairs, \S+ pairs\/s, step 1000$/);
});

Deno.test(
  { name: "showProgress() does not count what an earlier run did as its own speed", ignore: isTerminal },
  () => {
    const lines = errorLines(() => {
      const progress = showProgress("training", 100, { unit: "pairs", start: 50 });
      progress.update(50);
      const until = performance.now() + 20;
      while (performance.now() < until);
      progress.update(60);
    });
    assertEquals(lines.length, 1);
    const speed = Number(/60\/100 pairs, (\S+) pairs\/s/.exec(lines[0]!)![1]);
    assert(speed <= 10 / 0.02, `${speed}`);
  },
);

Deno.test({
  name: "showCount() says nothing without a terminal of what is done within ten seconds",
  ignore: isTerminal,
}, () => {
  assertEquals(
    errorLines(() => {
      const count = showCount("scoring", "rows");
      count.update(5);
      count.stop();
    }),
    [],
  );
});

Deno.test("showLate() begins no display for work that is done within two seconds", () => {
  let begun = 0;
  const late = showLate(() => {
    begun++;
    return { update() {}, stop() {} };
  });
  late.update(1);
  late.update(2);
  late.stop();
  assertEquals(begun, 0);
});
