import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../../_testing.ts";
import { cudaDevices, findAdapters, findCuda, missingLibrary, vulkanAdapters } from "./probes.ts";

for (const system of ["linux", "windows", "darwin"]) {
  Deno.test(`findAdapters() on ${system} gives adapters, or a problem with its remedy`, async () => {
    const { adapters, problem } = await findAdapters(system);
    assertEquals(problem === null, adapters.length > 0);
    assert(problem === null || problem.includes("install"), problem ?? "");
  });
}

Deno.test("vulkanAdapters() gives null where there is no Vulkan loader", () => {
  assertEquals(vulkanAdapters("no-such-library.so"), null);
});

const adapters = Deno.build.os === "linux" ? vulkanAdapters() : null;
Deno.test({
  name: "vulkanAdapters() reads name, kind and memory of every adapter",
  ignore: !adapters?.length,
  fn() {
    for (const { name, isSoftware, memoryBytes } of adapters!) {
      assert(/^[\x20-\x7e]+$/.test(name), `name "${name}"`);
      assertEquals(isSoftware, /swiftshader|llvmpipe|lavapipe/i.test(name), name);
      assert(memoryBytes! > 2 ** 28 && memoryBytes! < 2 ** 42, `${memoryBytes} bytes`);
    }
  },
});

Deno.test("cudaDevices() gives null where there is no driver", () => {
  assertEquals(cudaDevices("no-such-library.so"), null);
});

Deno.test("findCuda() says what is missing and how to get it", async () => {
  const { devices, problem } = await findCuda();
  if (devices.length === 0) assert(/install|webgpu/.test(problem ?? ""), `${problem}`);
});

permittedTest({
  name: "missingLibrary() names the first library that cannot be loaded",
  ignore: Deno.build.os !== "linux",
  fn() {
    assertEquals(missingLibrary(["libc.so.6", "libm.so.6"]), null);
    const problem = missingLibrary(["libc.so.6", "libno-such-thing.so.7", "libno-other-thing.so"]);
    assertStringIncludes(problem!, "libno-such-thing.so.7 cannot be loaded: install");
    assertStringIncludes(problem!, "LD_LIBRARY_PATH");
  },
});
