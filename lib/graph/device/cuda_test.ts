import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cudaDevices, findCuda, missingLibrary } from "./cuda.ts";

Deno.test("cudaDevices() gives null where there is no driver", () => {
  assertEquals(cudaDevices("no-such-library.so"), null);
});

Deno.test("findCuda() says what is missing and how to get it", async () => {
  const { devices, problem } = await findCuda();
  if (devices.length === 0) assert(/install|webgpu/.test(problem ?? ""), `${problem}`);
});

Deno.test({
  name: "missingLibrary() names the first library that cannot be loaded",
  ignore: Deno.build.os !== "linux",
  fn() {
    assertEquals(missingLibrary(["libc.so.6", "libm.so.6"]), null);
    const problem = missingLibrary(["libc.so.6", "libno-such-thing.so.7", "libno-other-thing.so"]);
    assertStringIncludes(problem!, "libno-such-thing.so.7 cannot be loaded: install");
    assertStringIncludes(problem!, "LD_LIBRARY_PATH");
  },
});
