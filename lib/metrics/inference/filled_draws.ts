/**
 * Draws of many counts at once whose sum is given: each on its own from a table, a few too low on average, and the rest
 * filled up row by row. That is exact: whatever independent Poisson (or binomial) counts add up to, given their sum they
 * are multinomial (or hypergeometric), and rows added at random keep them so.
 */
import type { Rng } from "../../random.ts";

/** Fills `out` with counts. */
export type DrawCounts = (rng: Rng, out: Float64Array) => void;

/** How many standard deviations below the wanted sum the counts aim: about one sum in a thousand is drawn again. */
const MARGIN = 3;

/** Counts beyond so many standard deviations do not occur: a chance of 1e-17. */
const REACH = 9;

/**
 * Tables of numbers by their chances; a draw takes the same time however many numbers there are (Walker 1977, Vose
 * 1991). Side by side in one array, each of a power of two of entries, since a resample reads a thousand of them.
 */
class AliasTables {
  #chance = new Float64Array(1024);
  #value = new Int32Array(1024);
  #other = new Int32Array(1024);
  #used = 0;
  readonly #shifts: number[] = [];
  readonly #starts: number[] = [];

  /** Adds a table of the numbers from `low` on, and gives its place. */
  add(weights: Float64Array, low = 0): number {
    const bits = Math.max(1, Math.ceil(Math.log2(weights.length))), size = 1 << bits, start = this.#used;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const chance = Float64Array.from({ length: size }, (_, i) => (weights[i] ?? 0) * size / total);
    const other = new Int32Array(size);
    const small: number[] = [], large: number[] = [];
    chance.forEach((own, i) => (own < 1 ? small : large).push(i));
    while (small.length > 0 && large.length > 0) {
      const from = small.pop()!, to = large.at(-1)!;
      other[from] = to;
      chance[to]! -= 1 - chance[from]!;
      if (chance[to]! < 1) small.push(large.pop()!);
    }
    // What rounding left; an entry beyond the weights has none.
    for (const i of [...small, ...large]) if (i < weights.length) chance[i] = 1;
    this.#grow(start + size);
    for (let i = 0; i < size; i++) {
      this.#chance[start + i] = chance[i]! * 4294967296;
      this.#value[start + i] = low + i;
      this.#other[start + i] = low + other[i]!;
    }
    this.#used += size;
    this.#starts.push(start);
    return this.#shifts.push(32 - bits) - 1;
  }

  #grow(size: number): void {
    if (size <= this.#value.length) return;
    const longer = <T extends Float64Array | Int32Array>(into: T, old: T) => (into.set(old), into);
    this.#chance = longer(new Float64Array(2 * size), this.#chance);
    this.#value = longer(new Int32Array(2 * size), this.#value);
    this.#other = longer(new Int32Array(2 * size), this.#other);
  }

  /** Gives what draws from a table: the number that 32 random bits stand for, its chance within 2⁻³² of what it is. */
  drawer(): (table: number, word: number) => number {
    const starts = Int32Array.from(this.#starts), shifts = Int32Array.from(this.#shifts);
    const chance = this.#chance, value = this.#value, other = this.#other;
    return (table, word) => {
      const shift = shifts[table]!, at = starts[table]! + (word >>> shift);
      return word << 32 - shift >>> 0 < chance[at]! ? value[at]! : other[at]!;
    };
  }
}

/** Adds the table of a distribution that has one mode, from the ratio of each chance to the one before. */
function addCounts(
  tables: AliasTables,
  { mean, variance, most }: { readonly mean: number; readonly variance: number; readonly most: number },
  ratio: (count: number) => number,
): number {
  const reach = REACH * Math.sqrt(variance) + REACH;
  const low = Math.max(0, Math.floor(mean - reach)), high = Math.min(most, Math.ceil(mean + reach));
  const middle = Math.min(high, Math.floor(mean));
  const weights = new Float64Array(high - low + 1);
  weights[middle - low] = 1;
  for (let k = middle + 1; k <= high; k++) weights[k - low] = weights[k - low - 1]! * ratio(k);
  for (let k = middle; k > low; k--) weights[k - low - 1] = weights[k - low]! / ratio(k);
  return tables.add(weights, low);
}

const addBinomial = (tables: AliasTables, trials: number, share: number) =>
  addCounts(
    tables,
    { mean: trials * share, variance: trials * share * (1 - share), most: trials },
    (k) => (trials - k + 1) / k * share / (1 - share),
  );

/** The table of each entry, one for all entries that are equal. */
function tableOfEach(counts: Float64Array, add: (count: number) => number): Int32Array {
  const known = new Map<number, number>();
  return Int32Array.from(counts, (count) => {
    const own = known.get(count) ?? add(count);
    known.set(count, own);
    return own;
  });
}

/** Draws below the sum that is wanted, and says what is missing. */
function below(draw: ReturnType<AliasTables["drawer"]>, ofEach: Int32Array, wanted: number) {
  const words = new Uint32Array(ofEach.length);
  return (rng: Rng, out: Float64Array) => {
    while (true) {
      rng.words(words);
      let missing = wanted;
      for (let k = 0; k < words.length; k++) missing -= out[k] = draw(ofEach[k]!, words[k]!);
      if (missing >= 0) return missing;
    }
  };
}

/** A multinomial draw of as many rows as there are, each of a kind as likely as it is frequent. */
export function filledMultinomial(counts: Float64Array): DrawCounts {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const share = Math.max(0, 1 - MARGIN / Math.sqrt(total));
  const tables = new AliasTables(), kinds = tables.add(counts);
  const poisson = (count: number) => {
    const mean = count * share;
    return addCounts(tables, { mean, variance: mean, most: Infinity }, (k) => mean / k);
  };
  const ofEach = tableOfEach(counts, poisson), draw = tables.drawer();
  const drawBelow = below(draw, ofEach, total);
  return (rng, out) => {
    for (let missing = drawBelow(rng, out); missing > 0; missing--) out[draw(kinds, rng.uint32())]! += 1;
  };
}

/** How many of `wanted` rows, drawn without replacement, come from each cell. */
export function filledHypergeometric(sizes: Float64Array, wanted: number): DrawCounts {
  const share = shareBelow(wanted, sizes.reduce((sum, size) => sum + size, 0));
  const tables = new AliasTables(), cells = tables.add(sizes);
  const ofEach = tableOfEach(sizes, (size) => addBinomial(tables, size, share)), draw = tables.drawer();
  const drawBelow = below(draw, ofEach, wanted);
  return (rng, out) => {
    for (let missing = drawBelow(rng, out); missing > 0;) {
      // A row at random, if it is not drawn already.
      const c = draw(cells, rng.uint32());
      if (rng.uniform() * sizes[c]! >= sizes[c]! - out[c]!) continue;
      out[c]! += 1;
      missing--;
    }
  };
}

/** The share of each row that leaves the sum of all below what is wanted. */
function shareBelow(wanted: number, total: number): number {
  return Math.max(0, wanted - MARGIN * Math.sqrt(wanted * (1 - wanted / total))) / total;
}

/**
 * Splits the rows of kinds among groups of given sizes, every way to do so being as likely as any other: fills
 * `[kinds × groups]` counts.
 *
 * @param rows Rows of each kind; as many in all as the groups have.
 */
export function filledSplit(rows: Float64Array, sizes: Float64Array): DrawCounts {
  const groups = sizes.length;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const most = rows.reduce((a, b) => Math.max(a, b), 0);
  const tables = new AliasTables();
  let rest = 1;
  // Table g·(most + 1) + left is for what group g has of `left` rows.
  for (const size of sizes) {
    const share = shareBelow(size, total), chance = share === 0 ? 0 : Math.min(1, share / rest);
    rest -= share;
    for (let left = 0; left <= most; left++) addBinomial(tables, left, chance);
  }
  const draw = tables.drawer();
  const words = new Uint32Array(rows.length * groups);
  const deck = new Int32Array(total);
  return (rng, out) => {
    let missing;
    do {
      missing = sizes.slice();
      rng.words(words);
      for (let k = 0, at = 0; k < rows.length; k++) {
        let left = rows[k]!;
        for (let g = 0; g < groups; g++, at++) {
          const own = draw(g * (most + 1) + left, words[at]!);
          out[at] = own;
          left -= own;
          missing[g]! -= own;
        }
      }
    } while (missing.some((count) => count < 0));
    deal(rng, { rows, missing, deck, out });
  };
}

/** Gives each row that has no group yet one of the places that groups still have. */
function deal(
  rng: Rng,
  { rows, missing, deck, out }: {
    readonly rows: Float64Array;
    readonly missing: Float64Array;
    readonly deck: Int32Array;
    readonly out: Float64Array;
  },
): void {
  const groups = missing.length;
  let places = 0;
  for (let g = 0; g < groups; g++) for (let j = 0; j < missing[g]!; j++) deck[places++] = g;
  for (let k = 0; k < rows.length; k++) {
    let left = rows[k]!;
    for (let g = 0; g < groups; g++) left -= out[k * groups + g]!;
    for (; left > 0; left--) {
      const pick = rng.int(places--), group = deck[pick]!;
      deck[pick] = deck[places]!;
      out[k * groups + group]! += 1;
    }
  }
}

/** Whether filling up takes less time than drawing one count after the other. */
export function isFilledFaster(kinds: number, rows: number): boolean {
  return kinds > Math.sqrt(rows) && rows > 3 * kinds;
}
