import { assertEquals } from "@std/assert";
import { extractEducation } from "../education/extract_education.ts";
import { findSchoolMentions } from "./find_school_mentions.ts";

const schools = (text: string) =>
  findSchoolMentions(text, extractEducation(text)).map((school) => [school.text, school.own]);

// Every sentence below was written for this test.

Deno.test("findSchoolMentions() cuts roles, departments and sentences off a name", () => {
  assertEquals(schools("Volunteered at Elm University in the Department of Botany."), [["Elm University", false]]);
  assertEquals(schools("Instructor, Elm College. Later clerk."), [["Elm College", false]]);
  assertEquals(schools("Knows Languages. Elm University's Student Council."), [["Elm University", false]]);
  assertEquals(schools("High School Diploma at Oak High School"), [["Oak High School", true]]);
  assertEquals(schools("Education\nElm College Associate of Arts\n"), [["Elm College", true]]);
});

Deno.test("findSchoolMentions() finds whole names beside a degree, near and far", () => {
  const far =
    "Holds a B.A. in the history of small towns along the great rivers of the north from Western Elm University.";
  assertEquals(schools(far), [["Western Elm University", true]]);
  assertEquals(schools("B.A., Elm College. Tutor at Oak College."), [["Elm College", true], ["Oak College", false]]);
});

Deno.test("findSchoolMentions() tells ties to a school from work for it", () => {
  assertEquals(schools("Sang in the choir of Elm University."), [["Elm University", true]]);
  assertEquals(schools("Cleaned windows of Elm University."), [["Elm University", false]]);
});

Deno.test("findSchoolMentions() passes over hospitals, presses and general words", () => {
  assertEquals(schools("Nurse at Elm University Hospital; editor, Elm University Press."), []);
  assertEquals(schools("Served every High School and Community College in town."), []);
});

Deno.test("findSchoolMentions() knows short names by what stands beside them", () => {
  assertEquals(schools("A Stanford MBA."), [["Stanford", true]]);
  assertEquals(schools("Graduated from Cornell."), [["Cornell", true]]);
  assertEquals(schools("Lives near Oxford and drives a Columbia jacket to Yale Medical Center."), []);
});

Deno.test("findSchoolMentions() tells own schools from others", () => {
  const text = "Education\nB.A., Lakeside College\nWork\nTutor at Elm University. Ran for Lakeside College.";
  const mentions = findSchoolMentions(text, extractEducation(text));
  assertEquals(mentions.map(({ text, own }) => [text, own]), [
    ["Lakeside College", true],
    ["Elm University", false],
    ["Lakeside College", true],
  ]);
});
