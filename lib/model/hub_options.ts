import { InputError } from "../errors.ts";

/** How to reach the Hugging Face hub and where to keep what comes from it. */
export interface HubOptions {
  /** The hub or a mirror, without a slash at the end. */
  readonly endpoint: string;
  /** Sent to the endpoint and to no other host. */
  readonly token: string | null;
  /** Whether to use only what is on the disk. */
  readonly offline: boolean;
  /** Where models are kept, in the layout of Python's huggingface_hub, so that both find each other's files. */
  readonly cacheDir: string;
  /** Pauses in milliseconds before each new attempt after a failed one. */
  readonly retryDelays: readonly number[];
  /** Milliseconds without any data after which an attempt has failed. */
  readonly idleTimeout: number;
  /** Told how many bytes of a file are there, of how many. */
  readonly onProgress: (file: string, received: number, total: number) => void;
}

/**
 * The options that the environment asks for, by the variables of Python's huggingface_hub: `HF_ENDPOINT`, `HF_TOKEN`,
 * `HF_HUB_OFFLINE`, and for the cache `HF_HUB_CACHE` or `HF_HOME`. Without the last two, models are kept in
 * `models/hub` of the project: a program that writes only below its own folder needs no other permission, and a folder
 * that is deleted takes its gigabytes along.
 *
 * @param env Gives a variable's value.
 * @param overrides What the caller decides.
 * @returns The options.
 * @throws {InputError} If `HF_ENDPOINT` is not an http address.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hubOptions } from "./hub_options.ts";
 *
 * const env = new Map([["HF_HOME", "/data/hf"], ["HF_HUB_OFFLINE", "1"]]);
 * const options = hubOptions((name) => env.get(name));
 * assertEquals([options.cacheDir, options.offline], ["/data/hf/hub", true]);
 * ```
 */
export function hubOptions(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
  overrides: Partial<HubOptions> = {},
): HubOptions {
  const given = (name: string) => env(name)?.trim() || undefined;
  const endpoint = (given("HF_ENDPOINT") ?? "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) {
    throw new InputError(`HF_ENDPOINT: expected an address such as https://huggingface.co, found ${endpoint}`);
  }
  const home = given("HF_HOME");
  return {
    endpoint,
    token: given("HF_TOKEN") ?? null,
    offline: /^(1|on|yes|true)$/i.test(given("HF_HUB_OFFLINE") ?? ""),
    cacheDir: given("HF_HUB_CACHE") ?? (home ? `${home}/hub` : "models/hub"),
    retryDelays: [1000, 3000, 9000],
    idleTimeout: 30_000,
    onProgress: () => {},
    ...overrides,
  };
}
