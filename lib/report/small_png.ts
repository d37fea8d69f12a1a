/**
 * A PNG with at most 256 colours, packed as well as can be. Figures have few colours, and browsers pack for speed: about a quarter
 * of the bytes are left.
 *
 * @param png A PNG.
 * @returns The smaller PNG, the same bytes for the same picture.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import sharp from "sharp";
 * import { smallPng } from "./small_png.ts";
 *
 * const white = { create: { width: 200, height: 100, channels: 4, background: "#fff" } } as const;
 * const png = await sharp(white).png({ compressionLevel: 0 }).toBuffer();
 * const small = await smallPng(png);
 * assert(small.length < png.length / 10);
 * assert((await sharp(small).metadata()).width === 200);
 * ```
 */
export async function smallPng(png: Uint8Array): Promise<Uint8Array> {
  // Native, and only needed where pictures are made: commands that make none have no permission to load it.
  const { default: sharp } = await import("sharp");
  return await sharp(png).png({ palette: true, effort: 10, compressionLevel: 9 }).toBuffer();
}
