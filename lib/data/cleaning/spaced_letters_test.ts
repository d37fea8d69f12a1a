import { assertEquals } from "@std/assert";
import { joinSpacedLetters } from "./spaced_letters.ts";

Deno.test("joinSpacedLetters() goes by gaps, else by the words of the lexicons, else by capitals", () => {
  assertEquals(joinSpacedLetters("B a c h e l o r   o f   A r t s  ,  2 0 1 1"), "Bachelor of Arts , 2011");
  assertEquals(
    joinSpacedLetters("E D U C A T I O N\nB a c h e l o r o f S c i e n c e"),
    "EDUCATION\nBachelor of Science",
  );
  assertEquals(joinSpacedLetters("A n a F i e l d"), "Ana Field");
});

Deno.test("joinSpacedLetters() leaves enumerations, formulas and initials", () => {
  for (const text of ["A B C D E F", "x + y = z", "J. R. R. Tolkien", "Vitamins A, B & C", "T S Eliot", "1 2 3 4 5"]) {
    assertEquals(joinSpacedLetters(text), text);
  }
});
