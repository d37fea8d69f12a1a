/**
 * Seeded pseudo-random numbers. Nothing in this project draws from `Math.random`: whoever needs chance is
 * given an {@linkcode Rng}, so that the same seed gives the same bytes.
 */

/** The whole state of an {@linkcode Rng}, four unsigned 32-bit words; small enough to store in a checkpoint. */
export type RngState = readonly [number, number, number, number];

/**
 * The xoshiro128** generator (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021),
 * seeded through splitmix32.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "./random.ts";
 *
 * const rng = new Rng(42);
 * const saved = rng.state;
 * const drawn = [rng.uniform(), rng.normal(), rng.int(10)];
 * const again = Rng.fromState(saved);
 * assertEquals([again.uniform(), again.normal(), again.int(10)], drawn);
 * ```
 */
export class Rng {
  #s: Uint32Array = new Uint32Array(4);

  /** A generator whose numbers follow from the seed, any finite number; its integer part modulo 2^32 is used. */
  constructor(seed: number) {
    let x = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#s[i] = z ^ (z >>> 15);
    }
  }

  /** Continues from a state read earlier with {@linkcode Rng.state}. */
  static fromState(state: RngState): Rng {
    const rng = new Rng(0);
    rng.#s.set(state);
    return rng;
  }

  /** A snapshot of the state. */
  get state(): RngState {
    return [...this.#s] as unknown as RngState;
  }

  /** An unsigned 32-bit integer, uniform. */
  uint32(): number {
    const s = this.#s;
    const s1 = s[1]!;
    const x = Math.imul(s1, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** A float in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /**
   * An integer in [0, n), uniform (rejection sampling, so no modulo bias).
   *
   * @param n The exclusive upper bound, 1 to 2^32.
   */
  int(n: number): number {
    let x = this.uint32();
    // Only the last few of all integers can be beyond the limit, which costs a division to find.
    if (x >= 4294967296 - n) {
      const limit = 4294967296 - (4294967296 % n);
      while (x >= limit) x = this.uint32();
    }
    // The remainder: below 2^32 this is exact, and several times as fast as `%` of numbers beyond 2^31.
    return x - Math.floor(x / n) * n;
  }

  /** Fills an array with what {@linkcode Rng.uint32} would give, faster: the state stays in local variables. */
  words(into: Uint32Array): Uint32Array {
    let [s0, s1, s2, s3] = this.#s as unknown as [number, number, number, number];
    for (let i = 0; i < into.length; i++) {
      const x = Math.imul(s1, 5);
      into[i] = Math.imul((x << 7) | (x >>> 25), 9);
      const t = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= t;
      s3 = (s3 << 11) | (s3 >>> 21);
    }
    this.#s.set([s0, s1, s2, s3]);
    return into;
  }

  /**
   * Fills an array with what {@linkcode Rng.int} would give, one after the other.
   *
   * @param n The exclusive upper bound of the first.
   * @param less How much smaller each bound is than the one before, down to 1; 0 or 1.
   */
  ints(into: Uint32Array, n: number, less: 0 | 1 = 0): Uint32Array {
    this.words(into);
    for (let i = 0; i < into.length; i++, n -= less) {
      while (into[i]! >= 4294967296 - n && into[i]! >= 4294967296 - 4294967296 % n) this.#leaveOut(into, i);
      const x = into[i]!;
      into[i] = x - Math.floor(x / n) * n;
    }
    return into;
  }

  /** Takes the words after one that must not be used in its place. */
  #leaveOut(words: Uint32Array, at: number): void {
    words.copyWithin(at, at + 1);
    words[words.length - 1] = this.uint32();
  }

  /** A standard normal draw (Box–Muller; the second of the pair is discarded so that the state stays four words). */
  normal(): number {
    const u = 1 - this.uniform();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles an array in place (Fisher–Yates) and returns it. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }

  /** One item, uniformly. Throws a `RangeError` on an empty array. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("Expected at least one item to pick from");
    return items[this.int(items.length)]!;
  }

  /**
   * An independent generator for a named purpose, so that adding draws in one place does not shift another.
   * It depends on the state of this generator and on the label, and does not advance this generator.
   */
  derive(label: string): Rng {
    let hash = 2166136261; // FNV-1a, 32 bits
    for (const byte of new TextEncoder().encode(label)) hash = Math.imul(hash ^ byte, 16777619);
    const child = new Rng((hash ^ this.#s[0]! ^ Math.imul(this.#s[2]!, 0x9e3779b9)) >>> 0);
    return child;
  }
}
