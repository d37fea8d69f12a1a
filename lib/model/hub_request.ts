import { InputError } from "../errors.ts";
import type { HubOptions } from "./hub_options.ts";

/** A failure that may pass: no connection, a broken one, an overloaded server. */
export class TransientError extends Error {
  override readonly name = "TransientError";
}

/** What a server answered. */
export interface HubResponse {
  readonly response: Response;
  /** The headers of the hub's own answer, where the response itself comes from a host it redirected to. */
  readonly hubHeaders: Headers;
}

/** A request to the hub. */
export interface HubRequest {
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Whether to go where the hub redirects to; by default yes. */
  readonly follow?: boolean;
}

/**
 * Sends a request to the hub. Redirects are followed by hand, because the token must not reach the hosts that
 * store the files, and a redirect must not lead to anything but http.
 *
 * @param url What to get.
 * @param options The hub's address and token.
 * @param request The request.
 * @returns The answer, whatever its status below 500.
 * @throws {TransientError} If no answer came, or one that says to try later (429, 5xx).
 * @throws {InputError} If the permission is missing, or redirects run in circles.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hubOptions } from "./hub_options.ts";
 * import { hubRequest } from "./hub_request.ts";
 *
 * const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("hello"));
 * const endpoint = `http://127.0.0.1:${server.addr.port}`;
 * const { response } = await hubRequest(`${endpoint}/x`, hubOptions(() => undefined, { endpoint }));
 * assertEquals(await response.text(), "hello");
 * await server.shutdown();
 * ```
 */
export async function hubRequest(url: string, options: HubOptions, request: HubRequest = {}): Promise<HubResponse> {
  const { method = "GET", signal = null, follow = true } = request;
  const trusted = new URL(options.endpoint).origin;
  let at = new URL(url);
  let hubHeaders: Headers | undefined;
  for (let hop = 0; hop < 10; hop++) {
    const headers = new Headers({ "accept-encoding": "identity", ...request.headers });
    if (options.token !== null && at.origin === trusted) headers.set("authorization", `Bearer ${options.token}`);
    let response: Response;
    try {
      response = await fetch(at, { method, headers, redirect: "manual", signal });
    } catch (error) {
      throw connectionError(error, at);
    }
    hubHeaders ??= response.headers;
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null && follow) {
      await response.body?.cancel();
      at = new URL(location, at);
      if (!/^https?:$/.test(at.protocol)) throw new InputError(`${url} redirects to ${at.href}, which is not http`);
      continue;
    }
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel();
      throw new TransientError(`${at.host} answered ${response.status}`);
    }
    return { response, hubHeaders };
  }
  throw new InputError(`${url} redirects more than ten times`);
}

/**
 * Repeats an attempt after failures that may pass.
 *
 * @param attempt What to do; it is repeated when it throws a {@linkcode TransientError}.
 * @param delays The pause before each repetition, in milliseconds; as many repetitions as pauses.
 * @param progress A number that grows when an attempt gets somewhere before it fails; then the count starts anew.
 * @returns What the first successful attempt returns.
 * @throws What the last attempt throws.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { retrying, TransientError } from "./hub_request.ts";
 *
 * let attempts = 0;
 * const result = await retrying(() => {
 *   if (++attempts < 3) throw new TransientError("not yet");
 *   return Promise.resolve("done");
 * }, [0, 0]);
 * assertEquals([result, attempts], ["done", 3]);
 * ```
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  delays: readonly number[],
  progress: () => number = () => 0,
): Promise<T> {
  let failures = 0;
  let reached = progress();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      if (progress() > reached) failures = 0;
      reached = Math.max(reached, progress());
      const delay = delays[failures++];
      if (delay === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}

/** Turns what `fetch` or a body threw into a failure that may pass, or into one that will not. */
export function connectionError(error: unknown, at: URL): Error {
  if (error instanceof TransientError || error instanceof InputError) return error;
  if (error instanceof Deno.errors.NotCapable) return new InputError(`${at.host} may not be reached: ${error.message}`);
  // Deno's messages end in the system's own words, "… (os error 111)" or "dns error: …".
  const cause = error instanceof Error ? error.cause ?? error : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TransientError(`${at.host}: ${reason.split(": ").slice(-2).join(": ")}`);
}
