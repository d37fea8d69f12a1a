/** `evaluation.json`, read back: what goes together in it is seen to here, so that nobody behind has to ask. */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { checkJson, readJson } from "../files.ts";
import { EVALUATION_FORMAT, EvaluationSchema } from "./evaluation.ts";
import type { AttributeEvaluation, Evaluation, ModelEvaluation } from "./evaluation.ts";

/**
 * Reads an evaluation.
 *
 * @throws {InputError} If the file cannot be read, is of another format, or is not an evaluation; the message names
 * file and key.
 */
export async function readEvaluation(path: string): Promise<Evaluation> {
  const json = await readJson(path, z.unknown()) as { format?: unknown } | null;
  const format = json?.format;
  if (format !== EVALUATION_FORMAT && format !== 2) {
    const found = format === undefined ? "none" : JSON.stringify(format);
    throw new InputError(
      `${path}: expected format ${EVALUATION_FORMAT}, found ${found}; evaluate again with this version`,
    );
  }
  const evaluation = checkJson({ ...json, format: EVALUATION_FORMAT }, EvaluationSchema, path);
  const fault = mismatch(evaluation);
  if (fault !== null) throw new InputError(`${path}, ${fault}`);
  return evaluation;
}

/** What does not go together: models are shown side by side, group by group. */
function mismatch({ data, settings, models, comparisons, leakage }: Evaluation): string | null {
  const [first] = models;
  if (first === undefined) return '"models": expected at least one, found none';
  const names = models.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return `"models": expected distinct names, found "${twice}" twice`;
  for (const model of models) {
    if (formOf(model.attributes) !== formOf(first.attributes)) {
      return `"models": expected the attributes, groups and metrics of "${first.name}" under "${model.name}", found others`;
    }
    const lacking = model.attributes.flatMap((own) => lacks(own, model, { data, settings }))[0];
    if (lacking !== undefined) return `"models", ${model.name}, ${lacking}, found none`;
  }
  const changes = [...comparisons, ...leakage.flatMap((own) => own.changes)];
  const stranger = changes.flatMap(({ from, to }) => [from, to]).find((name) => !names.includes(name)) ??
    leakage.flatMap((own) => own.models).find(({ name }) => !names.includes(name))?.name;
  if (stranger !== undefined) return `"comparisons": expected ${names.join(", ")}, found "${stranger}"`;
  return null;
}

/** What an attribute should have, since another part speaks of it. */
function lacks(
  { attribute, groups, pairs, reference, ranking, controlled }: AttributeEvaluation,
  model: ModelEvaluation,
  { data, settings }: Pick<Evaluation, "data" | "settings">,
): string[] {
  const labelled = data.positives !== null;
  // Of many trainings, each of which has its own threshold, only means and disparities are kept.
  const overSeeds = model.threshold === null && model.thresholdFrom === "validation";
  const rates = overSeeds ? [] : ["selectionRate", ...(labelled ? ["tpr", "fpr"] : [])];
  const metrics = new Set([...rates, ...groups.flatMap((own) => Object.keys(own.metrics))]);
  const calibrated = groups.some(({ calibration }) => calibration !== undefined);
  const counted = groups.some(({ denominators }) => denominators !== undefined);
  const names = groups.map(({ group }) => group);
  const named = [reference, ...pairs, ...pairs.map((pair) => ({ group: pair.reference })), ...(ranking?.groups ?? [])];
  const within = new Set(controlled?.flatMap(({ disparities }) => disparities.map(({ metric }) => metric)));
  return [
    ...(groups.length === 0 ? ["expected groups"] : []),
    ...groups.flatMap(({ group, positives, metrics: own, calibration, denominators, labelled }) => [
      ...(positives === null && groups.some((other) => other.positives !== null)
        ? [`${group}: expected "positives"`]
        : []),
      ...[...metrics].filter((name) => !Object.hasOwn(own, name)).map((name) => `${group}: expected "${name}"`),
      ...(calibrated && calibration === undefined ? [`${group}: expected "calibration"`] : []),
      ...(counted && labelled == null ? [`${group}: expected "labelled"`] : []),
      ...(counted ? ["tpr", "fpr", "ppv"] : []).filter((name) => !Object.hasOwn(denominators ?? {}, name))
        .map((name) => `${group}: expected the denominator of "${name}"`),
    ]),
    ...named.flatMap((own) => own && !names.includes(own.group) ? [`expected the group "${own.group}"`] : []),
    ...(pairs.length > 0 && reference === null ? ['expected the "reference" of "pairs"'] : []),
    ...(controlled ?? []).flatMap(({ level, disparities }) =>
      [...within].filter((metric) => !disparities.some((own) => own.metric === metric))
        .map((metric) => `${level}: expected "${metric}"`)
    ),
    ...(controlled !== null && data.columns.control === null ? ['expected "data.columns.control"'] : []),
    ...(ranking !== null && settings.topK === null ? ['expected "settings.topK"'] : []),
  ].map((wrong) => `${attribute}: ${wrong}`);
}

const formOf = (attributes: readonly AttributeEvaluation[]) =>
  JSON.stringify(attributes.map(({ attribute, groups }) => [
    attribute,
    groups.map(({ group, metrics }) => [group, Object.keys(metrics).sort()]),
  ]));
