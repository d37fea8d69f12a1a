/**
 * Jupyter's messages as frames: https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol.
 *
 * @module
 */

/** What the kernel says. */
export interface KernelMessage {
  /** Such as `display_data`. */
  readonly type: string;
  // deno-lint-ignore no-explicit-any -- what it holds depends on its type
  readonly content: any;
}

const DELIMITER = "<IDS|MSG>";

/**
 * Makes a function that turns requests into signed frames.
 *
 * @param key The secret that both ends know.
 * @returns A function of a message's type and content.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeMessage, messageEncoder } from "./wire.ts";
 *
 * const encode = await messageEncoder("secret");
 * const frames = await encode("execute_request", { code: "1 + 1" });
 * assertEquals(decodeMessage(frames), { type: "execute_request", content: { code: "1 + 1" } });
 * ```
 */
export async function messageEncoder(key: string): Promise<(type: string, content: unknown) => Promise<Uint8Array[]>> {
  const secret = await crypto.subtle.importKey("raw", bytes(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const session = crypto.randomUUID();
  return async (type, content) => {
    const header = {
      msg_id: crypto.randomUUID(),
      session,
      username: "",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const signature = new Uint8Array(await crypto.subtle.sign("HMAC", secret, bytes(parts.join(""))));
    return [DELIMITER, signature.toHex(), ...parts].map(bytes);
  };
}

/**
 * Reads the frames of a message. Whoever listens on the ports of a kernel that we started is that kernel: its signatures are
 * not checked.
 *
 * @param frames The frames; whatever stands before the delimiter says for whom they are.
 * @returns The message.
 * @throws {TypeError} If they are not a message. Deno's kernel (2.9.6) mixes messages when one of many megabytes fills the
 * connection, so cells should display less.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { decodeMessage } from "./wire.ts";
 *
 * assertThrows(() => decodeMessage([new Uint8Array(5)]), TypeError, "Expected a Jupyter message");
 * ```
 */
export function decodeMessage(frames: readonly Uint8Array[]): KernelMessage {
  const texts = frames.map((frame) => new TextDecoder().decode(frame));
  const start = texts.indexOf(DELIMITER);
  try {
    return { type: JSON.parse(texts[start + 2]!).msg_type, content: JSON.parse(texts[start + 5]!) };
  } catch (cause) {
    const size = frames.reduce((sum, { length }) => sum + length, 0);
    throw new TypeError(
      `Expected a Jupyter message, found ${frames.length} frames of ${size} bytes that are none; a cell may have displayed ` +
        "more than the kernel can send at once",
      { cause },
    );
  }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
