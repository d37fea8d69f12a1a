import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../errors.ts";
import { permittedTest, withFolder } from "../../_testing.ts";
import { AXES, readAxis, withValue } from "./axis.ts";

permittedTest("the project's axes are complete: values once, groups of equal size, a source", async () => {
  for (const name of AXES) {
    const { attributes, values, source } = await readAxis(name);
    for (const groups of Object.values(attributes)) {
      const sizes = Map.groupBy(groups, (group) => group).values().map((own) => own.length);
      assertEquals(new Set(sizes).size, 1, name);
    }
    assertEquals([values.length % 9, source.length > 50], [0, true]);
  }
  // Bertrand & Mullainathan (2004), Table 8: nine names each of White and Black women and men.
  const { attributes: { race, gender }, values } = await readAxis("names");
  const of = (name: string) => [race![values.indexOf(name)], gender![values.indexOf(name)]];
  assertEquals([of("Emily"), of("Greg"), of("Lakisha"), of("Jamal")], [
    ["White", "female"],
    ["White", "male"],
    ["Black", "female"],
    ["Black", "male"],
  ]);
});

permittedTest(
  "readAxis() reads a person's own file, and says what is wrong with it",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/towns.json`;
      const own = { title: "Towns", source: "ours", text: "{value}. {resume}", attributes: ["size"] };
      const values = [{ value: "Rome", size: "large" }, { value: "Ames", size: "small" }];
      const read = async (file: unknown) => {
        await Deno.writeTextFile(path, JSON.stringify(file));
        return await readAxis(path);
      };
      const axis = await read({ ...own, values });
      assertEquals(axis.attributes, { size: ["large", "small"] });
      assertEquals(withValue(axis, "$& {resume}", "A nurse $1."), "$& {resume}. A nurse $1.");

      const wrong = (file: unknown, message: string) => assertRejects(() => read(file), InputError, message);
      await wrong({ ...own, values: [values[0], { value: "Ames" }] }, '"values", no. 2: expected "size", found none');
      await wrong({ ...own, values: [values[0]] }, "expected at least two groups of size, found one");
      await wrong({ ...own, values: [...values, values[0]] }, 'expected each value once, found "Rome" twice');
      await wrong({ ...own, attributes: ["size × age"], values }, "expected a name without ×, which joins attributes");
      await wrong({ ...own, attributes: ["constructor"], values }, 'expected "constructor", found none');
      await wrong({ ...own, text: "{value}", values }, "expected {value} and {resume} in it");
      await assertRejects(() => readAxis("height"), InputError, "--axis: expected one of names, graduation-year");
    }),
);
