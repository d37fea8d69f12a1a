/** What a résumé can say of a person besides education: data files that a person can edit, under `data/axes`. */
import { z } from "zod";
import { InputError } from "../../errors.ts";
import { exists, readJson } from "../../files.ts";
import { projectFolder } from "../../project_folder.ts";

/** Values that are written into a résumé, each of them of one group of every attribute. */
export interface Axis {
  readonly title: string;
  /** Where the values come from. */
  readonly source: string;
  /** The résumé with a value, which stand for `{resume}` and `{value}`; the value first, since models cut the end. */
  readonly text: string;
  /** Attributes by name, with the group of each value. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly values: readonly string[];
}

const text = z.string().trim().min(1, "expected a text, found none");
const AxisFile = z.strictObject({
  title: text,
  source: text,
  text: text.refine(
    (text) => text.includes("{value}") && text.includes("{resume}"),
    "expected {value} and {resume} in it",
  ),
  attributes: z.array(text.refine((name) => !name.includes(" × "), "expected a name without ×, which joins attributes"))
    .min(1, "expected at least one attribute, found none"),
  values: z.array(z.record(z.string(), text)),
});

/** The axes that come with the project. */
export const AXES = ["names", "graduation-year", "employment-gap"] as const;

/**
 * Reads an axis by its name, or from a file of the same form.
 * @throws {InputError} If there is none, it is malformed, a value lacks a group, or an attribute has fewer than two.
 */
export async function readAxis(name: string): Promise<Axis> {
  const known = (AXES as readonly string[]).includes(name);
  const path = known ? `${projectFolder()}/data/axes/${name}.json` : name;
  if (!known && !await exists(path)) {
    throw new InputError(`--axis: expected one of ${AXES.join(", ")}, or a file, found ${name}`);
  }
  const { attributes, values, ...rest } = await readJson(path, AxisFile);
  const cell = (i: number, key: string) => {
    const found = Object.hasOwn(values[i]!, key) ? values[i]![key] : undefined;
    if (found === undefined) throw new InputError(`${path}, "values", no. ${i + 1}: expected "${key}", found none`);
    return found;
  };
  const column = (key: string) => values.map((_, i) => cell(i, key));
  const axis = {
    ...rest,
    attributes: Object.fromEntries(attributes.map((name) => [name, column(name)])),
    values: column("value"),
  };
  const twice = axis.values.find((value, i) => axis.values.indexOf(value) !== i);
  if (twice !== undefined) throw new InputError(`${path}: expected each value once, found "${twice}" twice`);
  for (const [attribute, groups] of Object.entries(axis.attributes)) {
    if (new Set(groups).size < 2) {
      throw new InputError(`${path}: expected at least two groups of ${attribute}, found one`);
    }
  }
  return axis;
}

/** A résumé with a value of an axis in it. */
export function withValue({ text }: Pick<Axis, "text">, value: string, resume: string): string {
  return text.replace(/\{(value|resume)\}/g, (_, key) => key === "value" ? value : resume);
}
