/**
 * Makes `inputs/`: a scored table, pairs and a tokenizer for a tiny model. Imports nothing of the library, so that
 * no change there changes them.
 *
 *     deno run --allow-read --allow-write lib/testdata/golden_outputs/make_inputs.ts
 */
const FOLDER = `${import.meta.dirname}/inputs`;

/** Mulberry32, by Tommy Ettinger (public domain): uniform numbers in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const csv = (columns: readonly string[], rows: readonly Record<string, string | number>[]) =>
  [columns, ...rows.map((row) => columns.map((column) => row[column]))].map((cells) => cells.join(",") + "\n").join("");

/**
 * 240 scored pairs of 80 candidates and 12 jobs, with ties among the scores, gaps between groups, and a small
 * group.
 */
function scored(): string {
  const random = uniform(10);
  const degrees = ["high school", "bachelor", "bachelor", "master"];
  const clip = (x: number) => Math.min(1, Math.max(0, x));
  const rows = Array.from({ length: 80 }, (_, c) => {
    const education = c % 27 === 0 ? "doctorate" : degrees[Math.floor(random() * degrees.length)]!;
    const town = random() < 0.4 ? "rural" : "city";
    const gain = education === "high school" ? -0.12 : education === "master" ? 0.08 : 0;
    const ability = random();
    return Array.from({ length: 3 }, (_, k) => {
      const fit = 0.5 * ability + 0.5 * random();
      const score = clip(fit + gain + (town === "rural" ? -0.05 : 0) + 0.2 * (random() - 0.5));
      return {
        candidate: `c${c}`,
        job: `j${(c + 5 * k + Math.floor(2 * random())) % 12}`,
        score: score.toFixed(2),
        second_score: clip(0.8 * fit + 0.1 + 0.15 * (random() - 0.5)).toFixed(4),
        label: Number(fit + 0.7 * gain + 0.25 * (random() - 0.5) > 0.5),
        truth: Number(fit > 0.5),
        education,
        town,
        weight: (0.5 + random()).toFixed(3),
        counterfactual_score: clip(score - gain + 0.04 * (random() - 0.5)).toFixed(4),
      };
    });
  }).flat();
  return csv(Object.keys(rows[0]!), rows);
}

const TOPICS = ["nurse", "welder", "baker", "pilot"];
const DEGREES = ["associate", "bachelor", "master"];
const FILLERS = Array.from({ length: 60 }, (_, i) => `w${i}`);
const SKILLS = FILLERS.slice(0, 8);

/** Two pairs per candidate, the second mostly no match; labels favour a master's degree, the truth does not. */
function pairs(seed: number, candidates: number, first: number): string {
  const random = uniform(seed);
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)]!;
  const words = (count: number) => Array.from({ length: count }, () => pick(FILLERS)).join(" ");
  const rows = Array.from({ length: candidates }, (_, i) => {
    const topic = i % TOPICS.length;
    const degree = pick(DEGREES);
    const skill = pick(SKILLS);
    const common = {
      resume: `${TOPICS[topic]} ${skill} ${words(4)} ${degree}'s degree`,
      person: `c${first + i}`,
      town: random() < 0.4 ? "rural" : "city",
      part: i % 8 >= 5 ? (i % 8 === 5 ? "validation" : "test") : "train",
    };
    const other = (topic + 1 + Math.floor(random() * (TOPICS.length - 1))) % TOPICS.length;
    return [topic, other].map((job) => {
      const truth = Number(job === topic ? random() < 0.9 : random() < 0.1);
      const label = degree === "master" && random() < 0.3 ? 1 : degree === "associate" && random() < 0.3 ? 0 : truth;
      return { ...common, job_id: `j${job}`, job: `${TOPICS[job]} wanted w${job} w1${job}`, label, truth };
    });
  }).flat();
  return csv(Object.keys(rows[0]!), rows);
}

/** Words of the pairs, for the encoder of `bert_lora_tiny`, whose vocabulary has more entries. */
function tokenizer(): string {
  const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...TOPICS, "wanted", ...DEGREES, "degree", ...FILLERS];
  return JSON.stringify({
    version: "1.0",
    added_tokens: [],
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  });
}

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  const files = {
    "scored.csv": scored(),
    "pairs.csv": pairs(11, 72, 0),
    "new_pairs.csv": pairs(12, 20, 1000),
    "tokenizer.json": tokenizer(),
  };
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${FOLDER}/${name}`, text);
}
