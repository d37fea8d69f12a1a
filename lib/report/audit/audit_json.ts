import type { AuditResult } from "../../evaluate/mod.ts";

/**
 * An audit as JSON, indented; the structure is documented in this folder's README.
 *
 * @param result The audit.
 * @returns One JSON document with a final newline.
 * @throws {RangeError} If a number is not finite, which JSON would silently turn into `null`, the sign of an undefined value.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { auditJson } from "./audit_json.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 * }, { resamples: 20 });
 * assertEquals(JSON.parse(auditJson(result)), result);
 * ```
 */
export function auditJson(result: AuditResult): string {
  const text = JSON.stringify(result, (key, value) => {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new RangeError(`Expected finite numbers in an audit, found ${value} at "${key}"`);
    }
    return value;
  }, 2);
  return text + "\n";
}
