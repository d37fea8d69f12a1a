/** The sections of a report, each made of the numbers of its runs. */
import { html, join } from "../html/html.ts";
import { count, listText, number } from "../format.ts";
import { labelClass, POSITIVE_LABEL, splitDistribution, SPLITS } from "../../data/mod.ts";
import {
  biasByGroup,
  DISPARITIES,
  estimateDisparities,
  groupRates,
  reliabilityByGroup,
  scoreCurves,
  scoreDensities,
  sharesByRank,
  thresholdCurves,
} from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { COUNTERFACTUAL_METRICS, QUALITY_METRICS } from "../../evaluate/mod.ts";
import { QUALITY_TITLES } from "../quality_text.ts";
import type { Report } from "../report_run.ts";
import { changeForest } from "../figures/change_forest.ts";
import { counterfactualShiftScatter } from "../figures/counterfactual_shift_scatter.ts";
import { epochCurves } from "../figures/epoch_curves.ts";
import { errorRates } from "../figures/error_rates.ts";
import { exposureByRank } from "../figures/exposure_by_rank.ts";
import { GAP_TITLES, gapForest } from "../figures/gap_forest.ts";
import { gainOf, groupChangeForest } from "../figures/group_change_forest.ts";
import { groupSizes } from "../figures/group_sizes.ts";
import { labelRates } from "../figures/label_rates.ts";
import { leakageBars } from "../figures/leakage_bars.ts";
import { lossCurves } from "../figures/loss_curves.ts";
import { precisionRecallByGroup } from "../figures/precision_recall_curves.ts";
import { reliability } from "../figures/reliability.ts";
import { rocCurvesByGroup } from "../figures/roc_curves.ts";
import { scoreDistributions } from "../figures/score_distributions.ts";
import { selectionRates } from "../figures/selection_rates.ts";
import { thresholdGaps } from "../figures/threshold_gaps.ts";
import { baseModel, shownPath } from "./base_model.ts";
import { type Comparison, groupChanges } from "./comparison.ts";
import { glanceRows, glanceTable } from "./glance.ts";
import { limitsOf } from "./limits.ts";
import { paragraph, type Part, type Section, subheading, table, warning } from "./section.ts";
import { summarise } from "./summary.ts";
import { estimateCells, estimateColumn, undefinedNote } from "./words.ts";

/**
 * All sections of a report, in order.
 *
 * @param report The runs.
 * @param comparison Their models.
 * @returns The sections.
 */
export function reportSections(report: Report, comparison: Comparison): Section[] {
  return [
    { id: "summary", title: "Summary", parts: summaryParts(report, comparison) },
    { id: "data", title: "Data", parts: dataParts(report) },
    { id: "training", title: "Training", parts: trainingParts(report) },
    { id: "quality", title: "Quality", parts: qualityParts(report, comparison) },
    { id: "fairness", title: "Fairness by group", parts: fairnessParts(report, comparison) },
    { id: "calibration", title: "Calibration", parts: calibrationParts(report, comparison) },
    { id: "ranking", title: "Ranking and exposure", parts: rankingParts(report, comparison) },
    { id: "counterfactuals", title: "Counterfactuals", parts: counterfactualParts(report, comparison) },
    { id: "leakage", title: "Leakage", parts: leakageParts(report, comparison) },
    {
      id: "limits",
      title: "Limits",
      parts: [html`<ul>${join(limitsOf(report, comparison).map((text) => html`<li>${text}</li>`))}</ul>`],
    },
    { id: "making", title: "How it was made", parts: makingParts(report) },
  ];
}

function summaryParts(report: Report, comparison: Comparison): Part[] {
  const { data, options } = glanceTable(glanceRows(comparison), comparison);
  return [
    ...summarise(report, comparison).map(paragraph),
    table(data, { ...options, caption: "At a glance, with intervals" }),
    ...comparison.apart.flatMap(({ run, reason }) => [
      warning(`${run.name} cannot be compared with ${report.subject.name}: ${reason}. Its numbers stand alone.`),
      table(
        QUALITY_METRICS.map((name) => ({
          metric: QUALITY_TITLES[name],
          ...estimateCells("base", run.quality.base.overall[name]),
          ...estimateCells("tuned", run.quality.tuned.overall[name]),
        })),
        {
          caption: `${run.name}, on ${count(run.quality.rows)} pairs of its own`,
          columns: [{ key: "metric", title: "" }, estimateColumn("base", "base"), estimateColumn("tuned", "tuned")],
        },
      ),
    ]),
  ];
}

function chance(report: Report, purpose: string) {
  const { quality, file: { config } } = report.subject;
  return {
    rng: new Rng(config.training.seed).derive(purpose),
    resamples: quality.resamples,
    level: quality.confidence,
  };
}

/** What figures of the subject's test split have in common. */
function shown({ subject: { quality, file: { config } } }: Report) {
  return {
    confidence: quality.confidence,
    candidates: quality.candidates,
    smallGroup: config.evaluation.smallGroup,
  };
}

function attributesOf({ subject }: Report): string[] {
  return Object.keys(subject.quality.tuned.attributes);
}

function dataParts(report: Report): Part[] {
  const { data, subject: { predictions, file: { config }, balance, trainedTwins } } = report;
  const { smallGroup, confidence } = shown(report);
  const named = "missing" in data ? null : data;
  const rows = named === null
    ? predictions.rows.map((_, i) => ({
      label: predictions.labels[i]!,
      groundTruth: predictions.groundTruth?.[i] ?? null,
      candidateId: predictions.candidates[i]!,
      groups: Object.fromEntries(attributesOf(report).map((name) => [name, predictions.attributes[name]![i]!])),
    }))
    : [...named.train, ...named.validation, ...named.test].map((example) => ({
      label: labelClass(example),
      groundTruth: example.groundTruth === null ? null : Number(example.groundTruth >= POSITIVE_LABEL),
      candidateId: example.candidateId,
      groups: example.groups,
    }));
  const parts: Part[] = named === null
    ? [warning(`Only the test split is shown: ${(data as { missing: string }).missing}.`)]
    : [
      paragraph(
        `${shownPath(config.data.path)}, split so that no candidate is in two parts. Figures count all parts together.`,
      ),
      table(
        SPLITS.map((split) => ({
          split,
          pairs: named[split].length,
          candidates: new Set(named[split].map(({ candidateId }) => candidateId)).size,
          jobs: new Set(named[split].map(({ jobId }) => jobId)).size,
          positives: named[split].filter((example) => labelClass(example) === 1).length,
        })),
        {
          caption: "The parts",
          columns: ["split", "pairs", "candidates", "jobs", { key: "positives", title: "label 1" }],
        },
      ),
      ...named.notes.map(warning),
    ];
  const labels = rows.map(({ label }) => label);
  const clusters = rows.map(({ candidateId }) => candidateId);
  for (const attribute of attributesOf(report)) {
    const groups = rows.map((row) => row.groups[attribute]!);
    const rates = groupRates({ labels, groups, clusters, smallBelow: smallGroup }, confidence);
    const groundTruth = rows.some((row) => row.groundTruth === null) ? undefined : groupRates(
      { labels: rows.map((row) => row.groundTruth!), groups, clusters, smallBelow: smallGroup },
      confidence,
    );
    const { gap } = estimateDisparities(
      { predictions: labels, groups, clusters },
      { gap: DISPARITIES.demographicParityDifference },
      chance(report, `${attribute} labels`),
    );
    parts.push(
      subheading(attribute),
      groupSizes({ attribute, rates, smallGroup }),
      labelRates({ attribute, rates, groundTruth, difference: gap, unit: "candidates", smallGroup, level: confidence }),
    );
    if (named === null) continue;
    parts.push(
      table(splitDistribution(named, [attribute]).map(({ attribute: _, ...row }) => row), {
        caption: `Pairs by ${attribute}, label and part`,
        columns: ["group", "label", ...SPLITS],
      }),
    );
  }
  parts.push(subheading("Masking and balancing"));
  const masked = named?.masking.table ?? [];
  parts.push(
    config.data.mask.length === 0
      ? paragraph("Nothing in the résumés was masked.")
      : paragraph(`Masked in résumés, for training and evaluation alike: ${listText(config.data.mask)}.`),
    ...(config.data.mask.length > 0 && masked.length > 0
      ? [
        table(masked, {
          caption: "What was masked",
          columns: ["kind", { key: "resumes", title: "résumés" }, "replacements", "kept"],
        }),
      ]
      : []),
    balance.length === 0
      ? paragraph("Training rows were neither resampled nor weighted by group, and batches were shuffled.")
      : table(balance, { caption: "What balancing did to each group and label" }),
    ...(trainedTwins > 0
      ? [paragraph(`${count(trainedTwins)} twins of training résumés, with another education, were trained on.`)]
      : []),
  );
  return parts;
}

function trainingParts(report: Report): Part[] {
  const { subject: { name, steps, epochs, file, adapter } } = report;
  const { config, bestEpoch, bestEpochBy } = file;
  const { lora, training, fairness, selection } = config;
  const terms = Object.entries(fairness).flatMap(([term, settings]) =>
    typeof settings === "object" && settings !== null && "weight" in settings && settings.weight > 0
      ? [`${term} (weight ${settings.weight})`]
      : []
  );
  const by = { rocAuc: "ROC-AUC", averagePrecision: "average precision", loss: "loss" }[selection.by];
  const why = bestEpochBy === "constrained"
    ? `the best validation ${by} among the epochs whose ${selection.gap} is at most ${selection.maxGap}`
    : bestEpochBy === "fairness"
    ? `the smallest validation gap, since no epoch kept ${selection.gap} within ${selection.maxGap}`
    : `the best validation ${by}`;
  const [first] = attributesOf(report);
  return [
    paragraph(
      `LoRA of rank ${lora.rank} (alpha ${lora.alpha}) on ${listText(lora.targetModules)}, ${
        lora.layers === null ? "all layers" : `layers ${lora.layers.join(" to ")}`
      }: ${count(adapter.parameters)} numbers. Objective ${training.objective}, ${
        count(file.steps)
      } steps in ${epochs.length} epochs of batches of ${
        training.batchSize * training.accumulation
      }, learning rate ${training.learningRate}. ${
        terms.length === 0 ? "No fairness objective." : `Fairness objectives: ${listText(terms)}.`
      } Epoch ${bestEpoch} was kept: it had ${why}.`,
    ),
    ...(steps.length === 0 ? [] : [lossCurves({ name, steps })]),
    ...(epochs.length === 0 ? [] : [
      epochCurves({
        name,
        epochs,
        attribute: first,
        ...(selection.maxGap === null ? {} : { constraint: { gap: selection.gap, max: selection.maxGap } }),
      }),
    ]),
    table(
      epochs.map(({ epoch, step, trainLoss, validationLoss, rocAuc, averagePrecision, gaps }) => ({
        epoch,
        step,
        trainLoss,
        validationLoss,
        rocAuc,
        averagePrecision,
        ...Object.fromEntries(gaps.map(({ attribute, gap, value }) => [`${attribute}, ${GAP_TITLES[gap]}`, value])),
        kept: epoch === bestEpoch ? "kept" : "",
      })),
      { caption: "Each epoch on the validation split" },
    ),
  ];
}

function qualityParts(report: Report, comparison: Comparison): Part[] {
  const { models, changes } = comparison;
  const { predictions } = report.subject;
  const estimates = QUALITY_METRICS.flatMap((name) => models.map(({ quality }) => quality.overall[name]));
  const parts: Part[] = [
    paragraph(
      "Selected means a score of at least the threshold with the highest F1 on the validation split: " +
        models.map(({ name, quality }) => `${name} ${number(quality.threshold)}`).join(", ") + ".",
    ),
    table(
      QUALITY_METRICS.map((name) => ({
        metric: QUALITY_TITLES[name],
        ...Object.assign({}, ...models.map(({ quality }, m) => estimateCells(`m${m}`, quality.overall[name]))),
        ...Object.assign({}, ...changes.map(({ change }, c) => estimateCells(`c${c}`, change.overall[name]))),
      })),
      {
        caption: "Quality on the test split",
        columns: [
          { key: "metric", title: "" },
          ...models.map(({ name }, m) => estimateColumn(`m${m}`, name)),
          ...changes.map(({ from, to }, c) => estimateColumn(`c${c}`, `${to} − ${from}`, "signed")),
        ],
        note: undefinedNote(estimates),
      },
    ),
  ];
  for (const attribute of attributesOf(report)) {
    const curves = scoreCurves({
      labels: predictions.labels,
      scores: predictions.models.tuned.scores,
      groups: predictions.attributes[attribute]!,
      clusters: predictions.candidates,
      smallBelow: shown(report).smallGroup,
    }, chance(report, `${attribute} curves`));
    const input = { attribute, model: models.at(-1)!.name, curves, ...shown(report) };
    parts.push(rocCurvesByGroup(input), precisionRecallByGroup(input));
  }
  return parts;
}

const RATES = ["selectionRate", "tpr", "fpr", "rocAuc"] as const;

function fairnessParts(report: Report, { models, changes }: Comparison): Part[] {
  const { predictions, quality } = report.subject;
  const { smallGroup } = shown(report);
  return attributesOf(report).flatMap((attribute): Part[] => {
    const input = { attribute, models, ...shown(report) };
    const groups = predictions.attributes[attribute]!;
    const clusters = predictions.candidates;
    const rows = models.flatMap(({ name, quality }) =>
      quality.attributes[attribute]!.groups.map(({ group, count, positives, metrics }) => ({
        model: name,
        group,
        count,
        positives,
        ...Object.assign({}, ...RATES.map((rate) => estimateCells(rate, metrics[rate]))),
      }))
    );
    const chosen = quality.tuned.threshold;
    const scores = predictions.models.tuned.scores;
    const thresholds = [...new Set([...Array.from({ length: 25 }, (_, i) => quantile(scores, (i + 1) / 26)), chosen])]
      .sort((a, b) => a - b);
    const gains = changes.map((change) => ({
      change,
      label: groupChanges(change, attribute, report.subject, "label"),
      groundTruth: predictions.groundTruth === null
        ? undefined
        : groupChanges(change, attribute, report.subject, "groundTruth"),
    }));
    return [
      subheading(attribute),
      selectionRates(input),
      errorRates(input),
      table(rows, {
        caption: `Rates by ${attribute}`,
        columns: [
          "model",
          "group",
          { key: "count", title: "n", smallBelow: smallGroup },
          { key: "positives", title: "label 1" },
          ...RATES.map((rate) => estimateColumn(rate, QUALITY_TITLES[rate])),
        ],
        note: undefinedNote(
          models.flatMap(({ quality }) =>
            quality.attributes[attribute]!.groups.flatMap(({ metrics }) => RATES.map((rate) => metrics[rate]))
          ),
        ),
      }),
      ...(predictions.groundTruth === null ? [paragraph("No ground-truth label is known for these data.")] : []),
      gapForest(input),
      changeForest({ attribute, changes, confidence: input.confidence, candidates: input.candidates }),
      ...gains.flatMap(({ change: { from, to }, label, groundTruth }): Part[] => [
        groupChangeForest({ attribute, from, to, changes: label, groundTruth, ...shown(report) }),
        table(
          label.groups.map((group) => ({
            group: group.group,
            n: group.count,
            ...estimateCells("change", group.rates.selectionRate.change),
            ...estimateCells("relative", group.rates.selectionRate.relative),
            verdict: group.small ? "few rows" : gainOf(group, "selectionRate"),
          })),
          {
            caption: `Share selected, ${to} − ${from}, by ${attribute}`,
            columns: [
              "group",
              "n",
              estimateColumn("change", "change", "signed"),
              estimateColumn("relative", "less that of everybody", "signed"),
              "verdict",
            ],
          },
        ),
      ]),
      scoreDistributions({
        attribute,
        models: models.map(({ name, run, model, quality }) => ({
          name,
          densities: scoreDensities(
            { scores: run.predictions.models[model].scores, groups, clusters, smallBelow: smallGroup },
            quality.threshold,
            chance(report, `${attribute} densities ${name}`),
          ),
        })),
        smallGroup,
      }),
      thresholdGaps({
        attribute,
        model: models.at(-1)!.name,
        curves: thresholdCurves(
          { labels: predictions.labels, scores, groups, clusters, smallBelow: smallGroup },
          thresholds,
          chance(report, `${attribute} thresholds`),
        ),
        chosen,
        confidence: input.confidence,
        candidates: input.candidates,
      }),
    ];
  });
}

function quantile(values: Float64Array, share: number): number {
  const sorted = values.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function calibrationParts(report: Report, { models }: Comparison): Part[] {
  const { subject: { predictions, file: { head, temperature } } } = report;
  const { confidence, smallGroup } = shown(report);
  if (head === null) {
    return [paragraph("The objective gives no probabilities, only cosines: there is nothing to calibrate.")];
  }
  const probabilities = predictions.models.tuned.scores.map((score) =>
    1 / (1 + Math.exp(-(head.scale * score + head.bias) / (temperature ?? 1)))
  );
  return [
    paragraph(
      `Probabilities of a match, ${
        temperature === null ? "not scaled" : `their logits divided by the temperature ${number(temperature)}`
      }. The base model gives none.`,
    ),
    ...attributesOf(report).flatMap((attribute): Part[] => {
      const input = {
        labels: predictions.labels,
        scores: probabilities,
        groups: predictions.attributes[attribute]!,
        clusters: predictions.candidates,
        smallBelow: smallGroup,
      };
      const bias = biasByGroup(input, chance(report, `${attribute} bias`));
      const groups = reliabilityByGroup(input, { bins: 5, level: confidence }).map((group, g) => ({
        ...group,
        bias: bias[g]!,
      }));
      return [
        reliability({
          attribute,
          model: models.at(-1)!.name,
          groups,
          confidence,
          unit: "candidates",
          smallGroup,
        }),
        table(groups.map(({ group, count, bias }) => ({ group, n: count, ...estimateCells("bias", bias) })), {
          caption: `Mean probability minus share of label 1, by ${attribute}`,
          columns: [
            "group",
            { key: "n", smallBelow: smallGroup },
            estimateColumn("bias", "promises too much", "signed"),
          ],
        }),
      ];
    }),
  ];
}

function rankingParts(report: Report, { models }: Comparison): Part[] {
  const { subject: { predictions } } = report;
  const { confidence, smallGroup } = shown(report);
  const sizes = [...Map.groupBy(predictions.jobs, (job) => job).values()].map(({ length }) => length).sort((a, b) =>
    a - b
  );
  const longest = sizes.at(-1)!;
  if (longest < 2) return [paragraph("No job has two candidates in the test split, so nothing is ranked.")];
  const topK = Math.max(1, Math.min(10, Math.floor(sizes[Math.floor(sizes.length / 2)]! / 2)));
  const ranks = Array.from({ length: Math.min(10, longest) }, (_, i) => i + 1);
  return [
    paragraph(
      `${count(sizes.length)} jobs with ${
        sizes[0]
      } to ${longest} candidates each in the test split. The middle job has ${
        sizes[Math.floor(sizes.length / 2)]
      }, so the table is about the first ${topK}. Intervals resample jobs.`,
    ),
    ...attributesOf(report).flatMap((attribute): Part[] => {
      const groups = predictions.attributes[attribute]!;
      const shares = models.map(({ name, run, model }) => ({
        name,
        shares: sharesByRank(
          { queries: predictions.jobs, scores: run.predictions.models[model].scores, groups, smallBelow: smallGroup },
          ranks,
          chance(report, `${attribute} ranks ${name}`),
        ),
      }));
      return [
        exposureByRank({ attribute, models: shares, topK, confidence, smallGroup }),
        table(
          shares.flatMap(({ name, shares: { groups, ranks } }) => {
            const at = ranks.find(({ k }) => k === topK)!;
            return groups.map(({ group, count }, g) => ({
              model: name,
              group,
              n: count,
              ...estimateCells("share", at.shares[g]),
              lot: at.expected[g]!.value,
              ...estimateCells("excess", at.excess[g]),
            }));
          }),
          {
            caption: `Who holds the first ${topK} places, by ${attribute}`,
            columns: [
              "model",
              "group",
              { key: "n", smallBelow: smallGroup },
              estimateColumn("share", "share"),
              { key: "lot", title: "by lot", format: "number" },
              estimateColumn("excess", "more than by lot", "signed"),
            ],
          },
        ),
      ];
    }),
  ];
}

function counterfactualParts(report: Report, { models, changes }: Comparison): Part[] {
  const scored = models.filter(({ quality, run, model }) =>
    quality.counterfactual !== undefined && run.predictions.models[model].twinScores !== null
  );
  const { confidence, candidates } = shown(report);
  if (scored.at(-1) !== models.at(-1)) {
    const asked = report.subject.file.config.evaluation.counterfactuals;
    return [
      paragraph(
        asked
          ? "Not measured: no résumé of the test split states its education so that a twin with another one could be written."
          : "Not measured: the configuration asked for no twins.",
      ),
    ];
  }
  return [
    paragraph(
      `Each of ${
        count(scored.at(-1)!.quality.counterfactual!.rows)
      } pairs was scored again with a résumé that states another degree or school and is the same otherwise.`,
    ),
    counterfactualShiftScatter({
      models: scored.map(({ name, run, model, quality }) => ({
        name,
        threshold: quality.threshold,
        original: run.predictions.models[model].scores,
        twin: run.predictions.models[model].twinScores!,
        flipRate: quality.counterfactual!.metrics.flipRate,
      })),
      confidence,
      candidates,
    }),
    table(
      COUNTERFACTUAL_METRICS.map((name) => ({
        metric: QUALITY_TITLES[name],
        ...Object.assign(
          {},
          ...scored.map(({ quality }, m) => estimateCells(`m${m}`, quality.counterfactual!.metrics[name])),
        ),
        ...Object.assign({}, ...changes.map(({ change }, c) => estimateCells(`c${c}`, change.overall[name]))),
      })),
      {
        caption: "Twins with another education",
        columns: [
          { key: "metric", title: "" },
          ...scored.map(({ name }, m) => estimateColumn(`m${m}`, name)),
          ...changes.map(({ from, to }, c) => estimateColumn(`c${c}`, `${to} − ${from}`, "signed")),
        ],
      },
    ),
  ];
}

function leakageParts(report: Report, { models }: Comparison): Part[] {
  const probed = attributesOf(report).flatMap((attribute) => {
    const own = models.flatMap(({ name, run, model }) => {
      const leakage = run.quality.leakage?.[attribute]?.[model];
      return leakage === undefined ? [] : [{ name, leakage }];
    });
    return own.length === 0 ? [] : [{ attribute, own }];
  });
  if (probed.length === 0) return [paragraph("Not measured: embeddings were not probed.")];
  return probed.flatMap(({ attribute, own }): Part[] => [
    paragraph(
      `A fresh classifier guesses ${attribute} from the embeddings of ${
        count(own[0]!.leakage.people)
      } people who were not trained on. Success means that the group can be read; failure does not mean that it cannot.`,
    ),
    leakageBars({ attribute, models: own }),
    table(
      own.map(({ name, leakage }) => ({
        model: name,
        ...estimateCells("balanced", leakage.balancedAccuracy),
        chance: leakage.chanceBalancedAccuracy.value,
        ...estimateCells("accuracy", leakage.accuracy),
        majority: leakage.majorityAccuracy.value,
        ...estimateCells("auc", leakage.macroAuc),
      })),
      {
        caption: `How well ${attribute} can be guessed`,
        columns: [
          "model",
          estimateColumn("balanced", "balanced accuracy"),
          { key: "chance", format: "number" },
          estimateColumn("accuracy", "accuracy"),
          { key: "majority", title: "always the largest group", format: "number" },
          estimateColumn("auc", "ROC-AUC, mean over groups"),
        ],
      },
    ),
  ]);
}

function makingParts({ subject, others }: Report): Part[] {
  const rows = [subject, ...others].map(({ name, file, adapter }) => ({
    run: name,
    base: baseModel(file, adapter).name,
    adapter: adapter.fingerprint.slice(0, 16),
    weights: file.modelFingerprint.slice(0, 16),
    test: file.dataFingerprint.slice(0, 16),
    made: file.madeWith === undefined
      ? "not recorded"
      : Object.entries(file.madeWith).map(([what, version]) => `${what} ${version}`).join(", "),
  }));
  return [
    table(rows, {
      caption: "Fingerprints (the first digits of SHA-256) and versions",
      columns: [
        "run",
        { key: "base", title: "base model" },
        "adapter",
        { key: "weights", title: "base weights" },
        { key: "test", title: "test split" },
        { key: "made", title: "computed with" },
      ],
    }),
    ...[subject, ...others].map(({ name, file }) =>
      html`
        <details>
          <summary>Configuration of ${name}</summary>
          <pre tabindex="0" role="group" aria-label="Configuration of ${name}">${configText(file.config)}</pre>
        </details>
      `
    ),
  ];
}

/** A configuration as JSON, without paths of the machine. */
export function configText(config: Report["subject"]["file"]["config"]): string {
  const { data, model } = config;
  const shown = {
    ...config,
    model: { ...model, source: shownPath(model.source) },
    data: { ...data, path: shownPath(data.path) },
  };
  return JSON.stringify(shown, null, 2);
}
