import { assertEquals } from "@std/assert";
import { extractEducation } from "./extract_education.ts";

const level = (text: string) => extractEducation(text).level;
const school = (text: string) => extractEducation(text).school?.text ?? null;

// Every sentence below was written for this test.

Deno.test("extractEducation() reads each level in running text", () => {
  assertEquals(level("Earned a high school diploma and began as an apprentice."), "high school");
  assertEquals(level("Passed the GED in 2003."), "high school");
  assertEquals(level("Associate of Applied Science in welding."), "associate");
  assertEquals(level("I hold a bachelor's degree in geology."), "bachelor");
  assertEquals(level("Graduated with a master’s degree in statistics."), "master");
  assertEquals(level("Ph.D. in organic chemistry."), "doctorate");
  assertEquals(level("Fifteen years behind the wheel of a delivery van."), "none mentioned");
  assertEquals(level(""), "none mentioned");
});

for (
  const [expected, spellings] of Object.entries({
    bachelor: [
      "B.S.",
      "BS",
      "B. S.",
      "BSc",
      "B.Sc.",
      "B Tech",
      "B.Tech",
      "B.A",
      "BA",
      "BBA",
      "B.Eng.",
      "Bachelors",
      "BACHELOR OF SCIENCE",
    ],
    master: [
      "M.S.",
      "MSc",
      "M.Sc",
      "MBA",
      "mba",
      "M.B.A.",
      "M.Ed.",
      "MEd",
      "MA",
      "M.A",
      "MS",
      "Masters",
      "Master's Degree",
      "MFA",
    ],
    doctorate: ["PhD", "Ph.D", "Ph. D.", "phd", "J.D.", "JD", "M.D.", "MD", "Ed.D.", "EdD", "Juris Doctor", "Pharm.D."],
    associate: ["A.A.", "AA", "A.S.", "AS", "AAS", "A.A.S.", "Associate's", "Associates degree"],
    "high school": ["GED", "High School Diploma", "high school", "H.S. Diploma"],
  })
) {
  Deno.test(`extractEducation() knows the ${expected} level in an education section however it is spelled`, () => {
    for (const written of spellings) {
      assertEquals([written, level(`Skills\nWeaving\nEducation\n${written}: Textiles, 2009\nLanguages\nFrench`)], [
        written,
        expected,
      ]);
    }
  });
}

Deno.test("extractEducation() takes the highest level of several", () => {
  assertEquals(level("EDUCATION\nHigh School Diploma 1999\nB.A., Music, 2003\nM.A., Music, 2005\n"), "master");
  assertEquals(level("EDUCATION\nM.A., Music, 2005\nAssociate of Arts, 2001\n"), "master");
});

Deno.test("extractEducation() does not take products and job titles for degrees", () => {
  for (
    const text of [
      "Expert in MS Office, MS Excel and MS SQL Server.",
      "Certified Scrum Master and Master Scheduler; maintains master data.",
      "Sales Associate at a garden centre, later Senior Associate.",
      "Worked as a BA in the payments team, gathering requirements.",
      "BA for two releases; wrote user stories.",
      "Managed the renovation of a bachelor pad.",
      "Oracle DBA and JD Edwards administrator.",
      "Head office in Boston, MA; second office in Baltimore, MD.",
      "AS NEEDED, CALL ME AT NIGHT",
      "Trained associates in retail loss prevention.",
      "Skills: billing, MSC, DDS, invoicing",
      "Master of ceremonies at the harvest fair.",
      "A high degree of care.",
    ]
  ) assertEquals([text, level(text)], [text, "none mentioned"]);
});

Deno.test("extractEducation() does not take a state for a degree in an education section", () => {
  assertEquals(level("Education\nCulinary certificate, Boston, MA\n"), "none mentioned");
  assertEquals(level("Education\nM.A., Boston, MA\n"), "master");
});

Deno.test("extractEducation() does not count the degrees of other people", () => {
  for (
    const text of [
      "Taught high school students algebra.",
      "Supervised PhD students in the laboratory.",
      "Recruited MBA candidates on three campuses.",
      "Provides GED preparation to adults.",
      "Assisted clients with their high school diploma.",
      "Worked beside master's level clinicians.",
    ]
  ) assertEquals([text, level(text)], [text, "none mentioned"]);
});

Deno.test("extractEducation() does not count a degree in progress, but keeps it for a person to see", () => {
  for (
    const text of [
      "Currently pursuing a Master's degree in law.",
      "Education\nBachelor of Science : Biology , Current\nRivertown College\n",
      "Education\nPresent\nBachelor of Science\nRivertown College\n",
      "Education\nBachelor of Arts, expected May 2027\n",
      "Education\n60 credits towards a Bachelor of Arts\n",
      "PhD candidate in history",
      "Working on an MBA in the evenings.",
    ]
  ) {
    const { level, degrees } = extractEducation(text);
    assertEquals([text, level, degrees.map((d) => d.status)], [text, "none mentioned", ["unfinished"]]);
  }
});

Deno.test("extractEducation() counts what was completed beside what is in progress", () => {
  assertEquals(
    level("Education\nMaster of Science : Physics , Current\nLakeside University\nB.S. : Physics , 2019\n"),
    "bachelor",
  );
  assertEquals(
    level("Education\nPresent\nMaster of Science: Physics\nLakeside University\n2019\nB.S.: Physics\n"),
    "bachelor",
  );
});

Deno.test("extractEducation() believes the word that a degree is unfinished wherever it stands", () => {
  assertEquals(
    level("Now enrolled in an MBA in Finance.\nEducation\nMBA : Finance\nB.A. : Finance 2011\n"),
    "bachelor",
  );
});

Deno.test("extractEducation() counts a high school attended where no diploma is named", () => {
  assertEquals(level("Education\n1998\nMaple Hill High School\nCertificate in Baking\n"), "high school");
});

Deno.test("extractEducation() does not count a college attended without a degree", () => {
  assertEquals(level("Education\nHarborview Community College, general studies\n"), "none mentioned");
});

Deno.test("extractEducation() gives spans that point into the text", () => {
  const text = "Ana Field\n\nEDUCATION\nB.Sc. in Botany — Universidad de Lago Azul, 2012\nHarborview College\n";
  const { evidence, school, degrees, schools } = extractEducation(text);
  for (const span of [evidence!, school!, ...degrees, ...schools]) {
    assertEquals(text.slice(span.start, span.end), span.text);
  }
  assertEquals(evidence!.text, "B.Sc.");
  assertEquals(evidence!.status, "stated");
  assertEquals(school!.text, "Universidad de Lago Azul");
});

Deno.test("extractEducation() marks a degree with its subject area", () => {
  const { evidence } = extractEducation("Education\nBachelor of Applied Science: Forestry\n");
  assertEquals(evidence?.text, "Bachelor of Applied Science");
});

Deno.test("extractEducation() names the school of the highest degree", () => {
  assertEquals(
    school("Education\nHigh School Diploma\nMaple Hill High School\nM.A. : History\nLakeside University\n"),
    "Lakeside University",
  );
  assertEquals(
    school("Education\nLAKESIDE UNIVERSITY\nM.A. : History\nHARBORVIEW COLLEGE\nB.A. : History\n"),
    "LAKESIDE UNIVERSITY",
  );
  assertEquals(
    school("Education\nMBA, State University of North Harbor at Elm\n"),
    "State University of North Harbor at Elm",
  );
});

Deno.test("extractEducation() does not take an employer for the school", () => {
  assertEquals(school("Experience\nAccountant at Lakeside University for nine years.\nSkills\nLedgers\n"), null);
});

Deno.test("extractEducation() reads text whose line breaks were lost", () => {
  const text =
    "Ana Field   Summary   Careful gardener   Education   B.S. : Horticulture   Lakeside University   Skills   MS Office, pruning";
  assertEquals([level(text), school(text)], ["bachelor", "Lakeside University"]);
});
