import { assertEquals, assertStringIncludes } from "@std/assert";
import { devicesText } from "./devices.ts";

Deno.test("devicesText() has a row for a device that works, with what its check showed", () => {
  const check = { error: 3e-6, fallbacks: ["Gather /Gather_7"], gigaflops: 1234.5 };
  const text = devicesText([{ device: "webgpu", name: "A card", memoryBytes: 8e9, check, problem: null }]);
  const row = text.split("\n").find((line) => line.includes("webgpu"))!;
  for (const part of ["A card", "8.0", "1235", "3e-6", "Gather /Gather_7"]) assertStringIncludes(row, part);
});

Deno.test("devicesText() shows no error of the CPU against itself, and slow rates with two digits", () => {
  const check = { error: 0, fallbacks: [], gigaflops: 0.8765 };
  const text = devicesText([{ device: "cpu", name: "A chip", memoryBytes: null, check, problem: null }]);
  const row = text.split("\n").find((line) => line.includes("A chip"))!;
  assertStringIncludes(row, "0.88");
  assertEquals(row.includes("0e+0"), false);
});

Deno.test("devicesText() has a line with its remedy for a device that does not work", () => {
  const missing = { device: "cuda", name: "–", memoryBytes: null, check: null } as const;
  const last = (problem: string) => devicesText([{ ...missing, problem }]).trimEnd().split("\n").at(-1);
  assertEquals(last("device cuda: no driver"), "cuda: no driver");
  assertEquals(last("no NVIDIA graphics card"), "cuda: no NVIDIA graphics card");
});
