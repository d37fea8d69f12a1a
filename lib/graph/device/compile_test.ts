import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../../_testing.ts";
import { mul } from "../operations.ts";
import { reduceSum } from "../operations.ts";
import { input } from "../tensor.ts";
import { findAdapters } from "./probes.ts";
import { compile, DeviceError, deviceFailure, explainDeviceError } from "./compile.ts";

// Each as ONNX Runtime 1.30 reported it on a machine without the device, or as its sources and Dawn's word it.
const MESSAGES: readonly (readonly [string, ReturnType<typeof deviceFailure>])[] = [
  ["Failed to get a WebGPU adapter: No supported adapters", "no adapter"],
  ["OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library", "no library"],
  ["Program Cast requires f16 but the device does not support it.", "no float16"],
  [
    "BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 360000000000",
    "out of memory",
  ],
  ["WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.", "out of memory"],
  ["Too many storage buffers in shader. Current: 16, Max is 12", "out of memory"],
  ["CUDA failure 2: out of memory ; GPU=0 ; hostname=gpu1", "out of memory"],
  ["CUDA failure 700: an illegal memory access was encountered ; GPU=0", "lost"],
  ["CUDA error cudaErrorIllegalAddress:an illegal memory access was encountered", "lost"],
  ["WebGPU device lost (2): Device was destroyed.", "lost"],
  ["vkQueueSubmit failed with VK_ERROR_DEVICE_LOST", "lost"],
  ['Input "x": expected float32 [n], was given float32 [2, 1]', null],
];

for (const [message, failure] of MESSAGES) {
  Deno.test(`deviceFailure() takes "${message.slice(0, 50)}" for ${failure ?? "no failure of a device"}`, () => {
    assertEquals(deviceFailure(new Error(message)), failure);
  });
}

Deno.test("explainDeviceError() names the device and what helps", () => {
  const explained = (message: string) => (explainDeviceError(new Error(message), "webgpu") as Error).message;
  const remedies = [
    ["Failed to get a WebGPU adapter", "device webgpu finds no graphics adapter: install the graphics card's driver"],
    ["Failed to load shared library", "device webgpu needs libraries that cannot be loaded: see deno task devices"],
    [
      "Cast requires f16 but the device does not support it.",
      'cannot compute in float16: use training.precision="fp32"',
    ],
    ["CUDA failure 2: out of memory ; GPU=0", "ran out of memory: set training.gradientCheckpointing=true"],
    ["WebGPU device lost (2)", "device webgpu was lost"],
  ];
  for (const [message, remedy] of remedies) assertStringIncludes(explained(message!), remedy!);
});

Deno.test("explainDeviceError() leaves other errors as they are", () => {
  const error = new RangeError("two inputs disagree");
  assertStrictEquals(explainDeviceError(error, "webgpu"), error);
  const explained = explainDeviceError(new Error("CUDA failure 2: out of memory"), "cuda");
  assertInstanceOf(explained, DeviceError);
  assertStrictEquals(explainDeviceError(explained, "cuda"), explained);
});

/** Multiplies two vectors of a size into a matrix that does not fit, then two short ones. */
async function exhausts(device: "cpu" | "webgpu", size: number): Promise<void> {
  const product = mul(input("x", ["n", 1]), input("z", ["n"]));
  const executable = await compile({ y: reduceSum(product) }, { device });
  const run = (n: number) => {
    const data = new Float32Array(n).fill(1);
    return executable.run({
      x: { dtype: "float32", shape: [n, 1], data },
      z: { dtype: "float32", shape: [n], data },
    });
  };
  const message = `device ${device} ran out of memory: set training.gradientCheckpointing=true`;
  await assertRejects(() => run(size), DeviceError, message);
  assertEquals((await run(3)).y!.data[0], 9);
  await executable.release();
}

permittedTest(
  "an executable whose memory does not suffice says so in one line, and runs smaller batches after it",
  () => {
    // 64 TB.
    return exhausts("cpu", 4_000_000);
  },
);

const { adapters } = await findAdapters();
Deno.test({
  name: "a graphics adapter whose memory does not suffice says so in one line, and runs smaller batches after it",
  // What is too much for a real graphics card depends on the card.
  ignore: !adapters.length || !adapters.every(({ isSoftware }) => isSoftware),
  fn: () => exhausts("webgpu", 20_000),
});
