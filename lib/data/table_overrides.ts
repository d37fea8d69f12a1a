/** What the options of a command say of a table, beside or instead of what a configuration says. */
import { InputError, nearName } from "../errors.ts";
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
  const labels = [...positive.map((name) => [name, 1] as const), ...negative.map((name) => [name, 0] as const)];
  const named = renamed(data, column);
  const joined = (group: GroupSource) => {
    const map = Object.fromEntries(merges(group.name));
    return Object.keys(map).length === 0 ? group : { ...group, map: { ...group.map, ...map } };
  };
  return {
    ...data,
    columns: named.columns,
    labels: labels.length > 0 ? Object.fromEntries(labels) : data.labels,
    groups: named.groups.map(joined),
    delimiter: delimiter ?? data.delimiter,
    encoding: encoding ?? data.encoding,
    decimal: decimal ?? data.decimal,
    missing: missing?.length ? [...missing] : data.missing,
  };
}

/** The columns, and those of the groups, as `--column` names them; a group without one is the résumé's degree. */
function renamed(
  { columns, groups }: DataSettings,
  assignments: readonly string[],
): Pick<DataSettings, "columns" | "groups"> {
  const own: Record<string, string | null> = { ...columns };
  let sources: GroupSource[] = groups;
  for (const assignment of assignments) {
    const [, key = "", name = ""] = /^([^=]*)=(.*)$/s.exec(assignment) ?? [];
    if (sources.some((source) => source.name === key)) {
      const source: GroupSource = name === "" ? { name: key, extract: "degree" } : { name: key, column: name };
      sources = sources.map((other) => other.name === key ? { map: other.map, ...source } : other);
      continue;
    }
    const known = [...Object.keys(own), ...groups.map(({ name }) => name)];
    if (!Object.hasOwn(own, key)) {
      const near = nearName(key || assignment, known);
      throw new InputError(
        `--column ${assignment}: expected one of ${known.join(", ")}, = and a name` +
          (near === undefined ? "" : `; did you mean "${near}="?`),
      );
    }
    if (name === "" && (key === "resume" || key === "job")) {
      throw new InputError(`--column ${assignment}: expected the name of a column, found nothing`);
    }
    own[key] = name || null;
  }
  return { columns: own as DataSettings["columns"], groups: sources };
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
