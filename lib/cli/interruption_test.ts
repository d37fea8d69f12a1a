import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../_testing.ts";

/** What runs in a process of its own: `work` says `ready` when it is to be interrupted. */
function start(work: string) {
  const module = `
    import { interruptible } from ${JSON.stringify(new URL("./interruption.ts", import.meta.url).href)};
    const busy = (until) => { while (!until()); };
    const ready = () => Deno.stdout.writeSync(new TextEncoder().encode("ready\\n"));
    const { result, exitCode } = await interruptible(async (signal) => { ${work} });
    console.log(result);
    Deno.exit(exitCode);
  `;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-read", `data:text/javascript,${encodeURIComponent(module)}`],
    cwd: `${import.meta.dirname}/../..`,
    stdout: "piped",
    stderr: "piped",
  });
  const process = command.spawn();
  const decoder = new TextDecoder();
  let out = "", err = "";
  const reading = [
    (async () => {
      for await (const bytes of process.stdout) out += decoder.decode(bytes);
    })(),
    (async () => {
      for await (const bytes of process.stderr) err += decoder.decode(bytes);
    })(),
  ];
  return {
    process,
    /** Waits until something was printed. */
    async said(text: string) {
      while (!out.includes(text) && !err.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async ended() {
      const { code, signal } = await process.status;
      await Promise.all(reading);
      return { code, signal, out, err };
    },
  };
}

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  permittedTest(`${signal} is answered at once by work that never waits, which then ends with ${code}`, async () => {
    const started = start(`await signal.hold(true); ready(); busy(() => signal.aborted); return "saved";`);
    await started.said("ready");
    started.process.kill(signal);
    const { out, err, ...ended } = await started.ended();
    assertEquals(ended, { code, signal: null });
    assertMatch(out, /saved/);
    assertStringIncludes(err, "stopping after the current batch; a second time ends at once");
  });
}

permittedTest("a second signal ends work that does not look up", async () => {
  const started = start(`await signal.hold(true); ready(); busy(() => false);`);
  await started.said("ready");
  started.process.kill("SIGINT");
  await started.said("a second time ends at once");
  started.process.kill("SIGINT");
  const { signal, code, out } = await started.ended();
  assertEquals([signal, code, out], ["SIGINT", 130, "ready\n"]);
});

permittedTest("where nothing is held the first signal ends the process, before and after as well", async () => {
  const works = [
    `ready(); busy(() => false);`,
    `await signal.hold(true); await signal.hold(false); ready(); busy(() => false);`,
  ];
  for (const work of works) {
    const started = start(work);
    await started.said("ready");
    started.process.kill("SIGTERM");
    const { signal, code, err } = await started.ended();
    assertEquals([signal, code], ["SIGTERM", 143]);
    assert(!err.includes("stopping"), err);
  }
});

permittedTest("work that nobody interrupts ends as it will", async () => {
  const started = start(`await signal.hold(true); ready(); await signal.hold(false); return "done";`);
  const { out, code } = await started.ended();
  assertEquals([out, code], ["ready\ndone\n", 0]);
});
