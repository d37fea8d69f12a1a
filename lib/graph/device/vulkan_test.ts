import { assert, assertEquals } from "@std/assert";
import { vulkanAdapters } from "./vulkan.ts";

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
