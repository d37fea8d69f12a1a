/**
 * The SHA-256 of bytes, or of a text in UTF-8.
 *
 * @returns 64 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sha256 } from "./sha256.ts";
 *
 * assertEquals((await sha256("abc")).slice(0, 16), "ba7816bf8f01cfea"); // FIPS 180-2, appendix B.1
 * ```
 */
export async function sha256(data: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
