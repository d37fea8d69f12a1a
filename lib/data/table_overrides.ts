/** What the options of a command say of a table, beside or instead of what a configuration says. */
import { closestString } from "@std/text/closest-string";
import { InputError } from "../errors.ts";
import { cleanName, type ValueSyntax } from "./cell_values.ts";
import type { GroupSource } from "./load_examples.ts";
import type { TableSyntax } from "./read_table.ts";
import type { DataSettings } from "./settings.ts";

/** Options that every command has that reads a table. */
export interface TableOverrides extends Omit<TableSyntax, "note">, ValueSyntax {
  /** Labels that count as 1, and as 0. */
  readonly positive?: readonly string[] | undefined;
  readonly negative?: readonly string[] | undefined;
  /** Groups that count as others, as `Latino=Hispanic` or `race:Latino=Hispanic`. */
  readonly merge?: readonly string[] | undefined;
  /** Columns by their keys in the configuration, as `resume=Resume_str`; `jobId=` for none. */
  readonly column?: readonly string[] | undefined;
}

/** How a table is read by them alone. */
export function tableOptions(
  { delimiter, encoding, decimal, missing }: TableOverrides,
): TableSyntax & ValueSyntax {
  return { delimiter, encoding, decimal, missing: missing?.length ? missing : undefined };
}

/** The `data` of a configuration as the options of a command change it. */
export function overrideData(data: DataSettings, options: TableOverrides): DataSettings {
  const { delimiter, encoding, decimal, missing, positive = [], negative = [], merge = [], column = [] } = options;
  const merges = mergesOf(merge, data.groups.map(({ name }) => name));
  const columns: Record<string, string | null> = { ...data.columns };
  for (const assignment of column) {
    const at = assignment.indexOf("=");
    const key = assignment.slice(0, Math.max(at, 0)).trim();
    if (at === -1 || !Object.hasOwn(columns, key)) {
      const known = Object.keys(columns);
      const near = closestString(at === -1 ? assignment : key, known);
      throw new InputError(
        `--column ${assignment}: expected one of ${known.join(", ")}, = and a name, did you mean "${near}="`,
      );
    }
    columns[key] = assignment.slice(at + 1) || null;
  }
  const labels = [...positive.map((name) => [name, 1] as const), ...negative.map((name) => [name, 0] as const)];
  const joined = (group: GroupSource) => {
    const map = Object.fromEntries(merges(group.name));
    return Object.keys(map).length === 0 ? group : { ...group, map: { ...group.map, ...map } };
  };
  return {
    ...data,
    columns: columns as DataSettings["columns"],
    labels: labels.length > 0 ? Object.fromEntries(labels) : data.labels,
    groups: data.groups.map(joined) as DataSettings["groups"],
    delimiter: delimiter ?? data.delimiter,
    encoding: encoding ?? data.encoding,
    decimal: decimal ?? data.decimal,
    missing: missing?.length ? [...missing] : data.missing,
  };
}

/**
 * What `--merge` says, by column: from which group to which. Throws an InputError if one says nothing, or the same group
 * is to become two.
 */
export function mergesOf(
  merges: readonly string[],
  columns: readonly string[],
): (column: string) => ReadonlyMap<string, string> {
  const parsed = merges.map((merge) => {
    // The last one: groups such as "<=50K" have it in their names.
    const at = merge.lastIndexOf("=");
    const column = columns.find((name) => merge.startsWith(`${name}:`));
    const from = cleanName(merge.slice(column === undefined ? 0 : column.length + 1, Math.max(at, 0)));
    const to = cleanName(merge.slice(at + 1));
    if (at <= 0 || from === "" || to === "") {
      throw new InputError(`--merge ${merge}: expected two groups, as Latino=Hispanic`);
    }
    return { column, from, to };
  });
  return (name) => {
    const own = new Map<string, string>();
    for (const { column, from, to } of parsed) {
      if (column !== undefined && column !== name) continue;
      const other = own.get(from);
      if (other !== undefined && other !== to) {
        throw new InputError(`--merge: expected one group for "${from}", found "${other}" and "${to}"`);
      }
      own.set(from, to);
    }
    return own;
  };
}
