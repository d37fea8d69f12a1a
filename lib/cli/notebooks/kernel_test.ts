import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { permittedTest } from "../../_testing.ts";
import { decodeMessage, type Kernel, type KernelMessage, messageEncoder, startKernel } from "./kernel.ts";

async function withKernel(run: (kernel: Kernel) => Promise<void>): Promise<void> {
  const kernel = await startKernel({ folder: import.meta.dirname!, env: { NO_COLOR: "1" } });
  try {
    await run(kernel);
  } finally {
    await kernel.stop();
  }
}

async function messages(kernel: Kernel, code: string): Promise<KernelMessage[]> {
  const received: KernelMessage[] = [];
  assertEquals(await kernel.execute(code, (message) => received.push(message)), null);
  return received;
}

permittedTest(
  "Kernel.execute() loses no output, and gives it to the cell it belongs to",
  () =>
    withKernel(async (kernel) => {
      // Deno's kernel says "idle" before the result now and then: in one of ten cells or so.
      for (let i = 0; i < 100; i++) {
        const code =
          `console.log(${i}); await Deno.jupyter.display({ "text/plain": "${i}" }, { raw: true }); ({ i: ${i} })`;
        assertEquals(
          (await messages(kernel, code)).map(({ type, content }) => [type, content.text ?? content.data["text/plain"]]),
          [
            ["stream", `${i}\n`],
            ["display_data", `${i}`],
            ["execute_result", `{ i: ${i} }`],
          ],
        );
      }
    }),
);

permittedTest(
  "Kernel.execute() runs TypeScript in the folder, with the project's import map, and cells share what they declare",
  () =>
    withKernel(async (kernel) => {
      await messages(kernel, `import { assertEquals } from "@std/assert"; const sum: number = 1 + 2;`);
      await messages(kernel, `import { InputError } from "lib/errors.ts"; assertEquals(sum, 3);`);
      const [cwd] = await messages(kernel, `console.log(Deno.cwd())`);
      assertEquals(cwd?.content.text, `${import.meta.dirname}\n`);
      // From another folder as well, so that the first cell of a notebook, which changes it, can be run again.
      await messages(kernel, `Deno.chdir("/")`);
      await messages(kernel, `import { Rng } from "lib/random.ts"; new Rng(1);`);
    }),
);

permittedTest(
  "Kernel.execute() returns what a cell threw, in any way, and goes on",
  () =>
    withKernel(async (kernel) => {
      const fails = async (code: string) => (await kernel.execute(code, () => {}))?.message;
      assertEquals(await fails(`throw new TypeError("thrown")`), "thrown");
      assertEquals(await fails(`await Promise.reject(new Error("awaited"))`), "awaited");
      assertEquals(
        await fails(`({ [Symbol.for("Jupyter.display")]() { throw new Error("displayed"); } })`),
        "displayed",
      );
      assertEquals(await fails(`const = 1`), "Execution failed");
      assertEquals(await fails(`1 + 1`), undefined);
    }),
);

permittedTest("Kernel.execute() says how a kernel ended", async () => {
  await withKernel(async (kernel) => {
    await assertRejects(() => kernel.execute("Deno.exit(3)", () => {}), Error, "The kernel ended with exit code 3");
  });
  await withKernel(async (kernel) => {
    const code = `Deno.kill(Deno.pid, "SIGKILL")`;
    await assertRejects(() => kernel.execute(code, () => {}), Error, "The kernel ended by SIGKILL");
  });
});

Deno.test("decodeMessage() reads what messageEncoder() makes, and refuses what is no message", async () => {
  const encode = await messageEncoder("secret");
  const frames = await encode("execute_request", { code: "1 + 1" });
  const request = { type: "execute_request", content: { code: "1 + 1" } };
  assertEquals(decodeMessage(frames), request);
  assertEquals(decodeMessage([Uint8Array.of(1), ...frames]), request);
  assertThrows(() => decodeMessage([new Uint8Array(5)]), TypeError, "Expected a Jupyter message, found 1 frames of 5");
});
