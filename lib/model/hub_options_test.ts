import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { hubOptions } from "./hub_options.ts";

const from = (env: Record<string, string>) => hubOptions((name) => env[name]);

Deno.test("hubOptions() asks the hub itself, without a token, by default", () => {
  const { endpoint, token, offline, cacheDir } = from({ HF_ENDPOINT: " ", HF_TOKEN: "" });
  assertEquals([endpoint, token, offline, cacheDir], ["https://huggingface.co", null, false, "models/hub"]);
});

Deno.test("hubOptions() reads the variables of Python's library", () => {
  const env = { HF_ENDPOINT: "http://mirror:8080/hf//", HF_TOKEN: "hf_x", HF_HUB_OFFLINE: "TRUE", HF_HOME: "/home/hf" };
  const { endpoint, token, offline, cacheDir } = from(env);
  assertEquals([endpoint, token, offline, cacheDir], ["http://mirror:8080/hf", "hf_x", true, "/home/hf/hub"]);
  assertEquals(from({ ...env, HF_HUB_CACHE: "/cache", HF_HUB_OFFLINE: "0" }).cacheDir, "/cache");
  assertEquals(from({ HF_HUB_OFFLINE: "0" }).offline, false);
});

Deno.test("hubOptions() refuses an endpoint that is no http address", () => {
  assertThrows(() => from({ HF_ENDPOINT: "mirror" }), InputError, "HF_ENDPOINT: expected an address");
  assertThrows(() => from({ HF_ENDPOINT: "file:///etc" }), InputError, "found file:///etc");
});
