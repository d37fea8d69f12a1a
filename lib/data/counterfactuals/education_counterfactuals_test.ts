import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { Rng } from "../../random.ts";
import { makeCandidates, makeJobs } from "../demo/candidates.ts";
import type { Background } from "../demo/planted_bias.ts";
import { writeResume } from "../demo/resume.ts";
import type { StatedLevel } from "../education/degree_level.ts";
import { extractEducation } from "../education/extract_education.ts";
import { maskEducation } from "../masking/mask_education.ts";
import { readTable } from "../read_table.ts";
import {
  type CounterfactualTarget,
  educationCounterfactuals,
  writeCounterfactuals,
} from "./education_counterfactuals.ts";
import { SCHOOL_NAMES } from "./schools.ts";
import { permittedTest } from "../../_testing.ts";

const schools = {
  elite: ["the University of Oak"],
  state: ["Birch State University", "the University of Ash"],
  community: ["Fir Community College"],
  "high school": ["Willow High School"],
};

function counterfactual(text: string, target: CounterfactualTarget): string {
  const { counterfactuals, impossible } = educationCounterfactuals(text, {
    targets: [target],
    rng: new Rng(1),
    schools,
  });
  return counterfactuals[0]?.text ?? `impossible: ${impossible[0]!.reason}`;
}

// Every résumé below was written for this test, apart from those of the demo generator.

Deno.test("educationCounterfactuals() gives none where mentions run into each other, and still the others", () => {
  const text =
    "Bachelor of Accountancy : June 1998 Bachelor of Accountancy Degree : July 2010 Evaluation Stockholm University";
  assertEquals(counterfactual(text, { level: "high school" }), "impossible: mentions of education run into each other");
  assert(
    counterfactual(text, { level: "master" }).startsWith(
      "Master of Accountancy : June 1998 Master of Accountancy Degree",
    ),
  );
});

Deno.test("educationCounterfactuals() writes the degree in the manner of the original, with the right article", () => {
  const text = "Holds a B.S. in Botany from Elm University. Prunes trees.";
  assertEquals(counterfactual(text, { level: "master" }), "Holds an M.S. in Botany from Elm University. Prunes trees.");
  assertEquals(
    counterfactual(text, { level: "doctorate" }),
    "Holds a Ph.D. in Botany from Elm University. Prunes trees.",
  );
  assertEquals(
    counterfactual("Bachelor of Fine Arts, Elm College", { level: "master" }),
    "Master of Fine Arts, Elm College",
  );
  assertEquals(
    counterfactual("MASTER OF SCIENCE, ELM UNIVERSITY", { level: "bachelor" }),
    "BACHELOR OF SCIENCE, ELM UNIVERSITY",
  );
  assertEquals(
    counterfactual("I have a bachelor's degree in law.", { level: "associate" }),
    "I have an associate's degree in law.",
  );
  assertEquals(counterfactual("I hold an MBA.", { level: "bachelor" }), "I hold a BBA.");
  assertEquals(
    counterfactual("I hold an MBA.", { level: "doctorate" }),
    "I hold a doctoral degree in business administration.",
  );
  assertEquals(
    counterfactual("Graduated from high school in 2011.", { level: "bachelor" }),
    "Graduated with a bachelor's degree in 2011.",
  );
});

Deno.test("educationCounterfactuals() changes every mention of the degree and of the school together", () => {
  const text =
    "Forester with a B.S. in Botany.\nEducation\nElm University\n2012\nBachelor of Science : Botany\nActivities\nRan for Elm University.\n";
  assertEquals(
    counterfactual(text, { level: "master", tier: "elite" }),
    "Forester with an M.S. in Botany.\nEducation\nUniversity of Oak\n2012\nMaster of Science : Botany\nActivities\nRan for the University of Oak.\n",
  );
});

Deno.test("educationCounterfactuals() takes the school along where level and tier do not go together", () => {
  assertEquals(
    counterfactual("Holds a B.S. in Botany from Elm University (2012).", { level: "high school" }),
    "Holds a high school diploma from Willow High School (2012).",
  );
  assertEquals(
    counterfactual("Education: B.A., History, the University of Elm, 2012.", { level: "associate", tier: "community" }),
    "Education: A.A., History, Fir Community College, 2012.",
  );
  assertEquals(
    counterfactual("Earned a GED in 2012 and has welded since.", { level: "associate" }),
    "Earned an associate's degree in 2012 and has welded since.",
  );
});

Deno.test("educationCounterfactuals() changes the school alone where only the tier is asked for", () => {
  const text = "Holds a B.S. in Botany from the University of Elm. The University of Elm paid for it.";
  assertEquals(
    counterfactual(text, { tier: "elite" }),
    "Holds a B.S. in Botany from the University of Oak. The University of Oak paid for it.",
  );
  assertEquals(
    counterfactual(text, { tier: "community" }),
    "Holds a B.S. in Botany from Fir Community College. Fir Community College paid for it.",
  );
});

Deno.test("educationCounterfactuals() leaves the schools and degrees of earlier stages", () => {
  const text = "Education\nM.A. : History\nElm University\nHigh School Diploma\nOak Hill High School\n";
  assertEquals(
    counterfactual(text, { level: "bachelor", tier: "elite" }),
    "Education\nB.A. : History\nUniversity of Oak\nHigh School Diploma\nOak Hill High School\n",
  );
});

Deno.test("educationCounterfactuals() says why there is no counterfactual", () => {
  for (
    const [text, target, reason] of [
      ["Fifteen years behind the wheel.", { level: "master" }, "no degree is stated"],
      ["Now pursuing a Master's degree in law.", { level: "bachelor" }, "no completed degree is stated"],
      ["Holds a B.A. in History.", { tier: "elite" }, "no school is named"],
      ["Holds a B.A. in History.", { level: "bachelor" }, "the résumé has this background"],
      [
        "Holds a B.A. from Elm College.",
        { level: "high school", tier: "elite" },
        "high school: not taken at a elite school",
      ],
      ["Education\nM.A. : History\nB.A. : Latin\n", { level: "associate" }, "several degrees would have to change"],
      [
        "Education\nB.A. : Latin\nHigh School Diploma\n",
        { level: "high school" },
        "a high school diploma is stated besides",
      ],
      ["Education\nMaple Hill High School\n", { level: "master" }, "the level is told by the name of the school alone"],
      [
        "Now pursuing a Master's degree in law.\nEducation\nB.A. : Latin , 2012\n",
        { level: "doctorate" },
        "a degree in progress (master) would not follow",
      ],
    ] as const
  ) assertEquals(counterfactual(text, target), `impossible: ${reason}`);
});

Deno.test("educationCounterfactuals() by default asks for every other level and the other usual tiers", () => {
  const { level, tier, counterfactuals } = educationCounterfactuals("Holds a B.A. in Law from Elm University.", {
    rng: new Rng(1),
  });
  assertEquals([level, tier], ["bachelor", "state"]);
  assertEquals(counterfactuals.map((one) => one.target), [
    { level: "high school" },
    { level: "associate" },
    { level: "master" },
    { level: "doctorate" },
    { tier: "elite" },
    { tier: "community" },
  ]);
});

Deno.test("educationCounterfactuals() draws schools by seed, text and target, whatever the other targets", () => {
  const text = "Holds a B.A. in Law from Elm University.";
  const elite: CounterfactualTarget = { tier: "elite" };
  const alone = educationCounterfactuals(text, { targets: [elite], rng: new Rng(5) }).counterfactuals[0];
  const among =
    educationCounterfactuals(text, { targets: [{ level: "master" }, elite], rng: new Rng(5) }).counterfactuals[1];
  assertEquals(alone, among);
  const drawn = (own: string, seed: number) =>
    educationCounterfactuals(own, { targets: [elite], rng: new Rng(seed) }).counterfactuals[0]!;
  const schoolIn = ({ changes }: ReturnType<typeof drawn>) => changes[0]!.replacement;
  const seeds = Array.from({ length: 30 }, (_, seed) => seed);
  assertGreaterOrEqual(new Set(seeds.map((seed) => schoolIn(drawn(text, seed)))).size, 10);
  assertGreaterOrEqual(new Set(seeds.map((i) => schoolIn(drawn(`${text} Page ${i}.`, 5)))).size, 10);
});

const rng = new Rng(9);
const candidates = makeCandidates(40, makeJobs(rng.derive("jobs")), rng.derive("candidates"));
const backgrounds: Background[] = [
  { education: "high school", schoolTier: "none" },
  { education: "associate", schoolTier: "community" },
  { education: "bachelor", schoolTier: "state" },
  { education: "bachelor", schoolTier: "elite" },
  { education: "master", schoolTier: "state" },
  { education: "doctorate", schoolTier: "elite" },
];
const sentencesOf = (text: string) => text.split(/(?<=\.) (?=[A-Z0-9])/);

Deno.test("educationCounterfactuals() agrees with the demo generator in all but names and wording", () => {
  let wanted = 0, made = 0, others = 0, othersSame = 0, told = 0, toldAlike = 0;
  for (const candidate of candidates) {
    for (const from of backgrounds) {
      const original = writeResume(candidate, from, rng.derive(candidate.id));
      for (const to of backgrounds) {
        if (to === from) continue;
        const exact = sentencesOf(writeResume(candidate, to, rng.derive(candidate.id)));
        const target = {
          level: to.education as StatedLevel,
          tier: to.schoolTier === "none" ? "high school" : to.schoolTier,
        } as const;
        const { counterfactuals } = educationCounterfactuals(original, { targets: [target], rng });
        wanted++;
        if (counterfactuals.length === 0) continue;
        made++;
        const [before, after] = [sentencesOf(original), sentencesOf(counterfactuals[0]!.text)];
        for (const [i, sentence] of exact.entries()) {
          if (sentence === before[i]) {
            others++;
            othersSame += Number(after[i] === sentence);
          } else if ((from.education === "high school") === (to.education === "high school")) {
            // The generator has other sentences for high schools; between degrees it only puts other words in.
            told++;
            toldAlike += Number(alike(after[i] ?? "") === alike(sentence));
          }
        }
      }
    }
  }
  assertEquals(othersSame, others);
  assertGreaterOrEqual(made / wanted, 0.98);
  assertGreaterOrEqual(toldAlike / told, 0.95);
});

/** A sentence without the names of degree and school. */
function alike(sentence: string): string {
  return maskEducation(sentence).text.replace(/ in business administration/i, "");
}

Deno.test("educationCounterfactuals() gives texts that are read as wanted, with spans that rebuild them", () => {
  for (const candidate of candidates.slice(0, 15)) {
    const text = writeResume(candidate, backgrounds[2]!, rng.derive(candidate.id));
    for (const { text: changed, level, tier, changes } of educationCounterfactuals(text, { rng }).counterfactuals) {
      assertEquals(extractEducation(changed).level, level);
      assert(SCHOOL_NAMES[tier!].some((name) => changed.includes(name.replace(/^the /, ""))));
      let rebuilt = "", position = 0;
      for (const { start, end, text: original, replacement, newStart, newEnd } of changes) {
        assertEquals([text.slice(start, end), changed.slice(newStart, newEnd)], [original, replacement]);
        rebuilt += text.slice(position, start) + replacement;
        position = end;
      }
      assertEquals(rebuilt + text.slice(position), changed);
    }
  }
});

permittedTest("writeCounterfactuals() writes a row for each, and one for each that is not possible", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const texts = ["Holds a B.A. in Law,\nand no more.", "Fifteen years behind the wheel."];
  const targets = [{ level: "master" }, { tier: "elite" }] as const;
  const rows = texts.map((text, i) => ({
    id: `c${i}`,
    text,
    counterfactuals: educationCounterfactuals(text, { targets, rng: new Rng(1) }),
  }));
  assertEquals(await writeCounterfactuals(path, rows), 4);
  const read = (await Array.fromAsync(readTable(path))).map(({ values }) => values);
  assertEquals(
    read.map((
      { id, level, counterfactual_level, counterfactual_tier, reason, counterfactual },
    ) => [id, level, counterfactual_level, counterfactual_tier, reason, counterfactual]),
    [
      ["c0", "bachelor", "master", "", "", "Holds an M.A. in Law,\nand no more."],
      ["c0", "bachelor", "bachelor", "elite", "no school is named", ""],
      ["c1", "", "master", "", "no degree is stated", ""],
      ["c1", "", "", "elite", "no degree is stated", ""],
    ],
  );
  assertEquals(read.map(({ original }) => original), [texts[0], texts[0], texts[1], texts[1]]);
  await Deno.remove(path);
});

permittedTest("writeCounterfactuals() says what was changed in the row", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const text = "Holds a B.S. in Botany.";
  const counterfactuals = educationCounterfactuals(text, { targets: [{ level: "master" }], rng: new Rng(1) });
  await writeCounterfactuals(path, [{ id: "c1", text, counterfactuals }]);
  assertEquals(
    (await Deno.readTextFile(path)).split("\n")[1],
    "c1,bachelor,,master,,a B.S. → an M.S.,,Holds a B.S. in Botany.,Holds an M.S. in Botany.",
  );
  await Deno.remove(path);
});

Deno.test("educationCounterfactuals() puts no English words in the place of a degree in another language", () => {
  const { counterfactuals, impossible } = educationCounterfactuals("Education\nLicence en droit, Université de Lyon", {
    targets: [{ level: "master" }],
  });
  assertEquals([counterfactuals, impossible.map(({ reason }) => reason)], [[], [
    "the degree is not written in English",
  ]]);
});
