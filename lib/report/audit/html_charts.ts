import { number, percent } from "../format.ts";
import { type Html, html, join } from "../html/html.ts";
import type { AttributeAudit, ReliabilityPoint } from "../../evaluate/mod.ts";

// Okabe & Ito's blue and vermillion, told apart by every kind of colour vision.
const BLUE = "#0072b2";
const ORANGE = "#d55e00";
const GREY = "#999999";

const ROW = 26;
const LABEL = 190;
const LETTER = 7.5;
const PLOT = 380;
const RIGHT = 70;

/** Groups beyond this many are left to the table. */
const MAX_GROUPS = 40;

/**
 * Selection rates with their intervals, one row per group, and the line of four fifths of the highest rate.
 *
 * @param attribute The audit of an attribute.
 * @returns An SVG.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { selectionChart } from "./html_charts.ts";
 *
 * const { attributes } = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "<b>", "none", "<b>"]) }],
 * }, { resamples: 20 });
 * assertStringIncludes(selectionChart(attributes[0]!).markup, "&lt;b&gt;");
 * ```
 */
export function selectionChart({ groups }: AttributeAudit): Html {
  const rows = groups.slice(0, MAX_GROUPS).flatMap(({ group, small, metrics, fourFifths }) => {
    const { value, interval } = metrics.selectionRate!;
    return value === null
      ? []
      : [{ label: group + (small ? " *" : ""), value, interval, flagged: fourFifths === false }];
  });
  const highest = Math.max(...rows.map(({ value }) => value));
  const end = niceEnd(Math.max(...rows.map(({ value, interval }) => interval?.high ?? value)));
  const left = labelWidth(rows.map(({ label }) => label));
  const x = (share: number) => left + share / end * PLOT;
  const height = rows.length * ROW + 54;
  const marks = rows.map(({ label, value, interval, flagged }, i) => {
    const y = 32 + i * ROW;
    const color = flagged ? ORANGE : BLUE;
    const range = interval === null ? html`` : html`
      <line x1="${x(interval.low!)}" x2="${x(interval.high!)}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="3"
        opacity="0.4" />
    `;
    return html`
      <text x="${left - 10}" y="${y + 4}" text-anchor="end">${shorten(label)}</text>${range}
      <circle cx="${x(value)}" cy="${y}" r="5" fill="${color}" />
      <text x="${left + PLOT + 12}" y="${y + 4}" fill="${color}">${percent(value)}</text>
    `;
  });
  const limit = x(0.8 * highest);
  return svg(left + PLOT + RIGHT, height, "Selection rate of each group with its interval", [
    axis(x, end, height - 22),
    html`
      <line x1="${limit}" x2="${limit}" y1="16" y2="${height - 22}" stroke="${GREY}" stroke-dasharray="4 3" />
      <text x="${limit}" y="11" text-anchor="middle" class="faint">four fifths of the highest</text>
    `,
    ...marks,
  ]);
}

/**
 * Share of the top places beside share of the candidates, one row per group.
 *
 * @param ranking The rankings of an attribute.
 * @returns An SVG.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { shareChart } from "./html_charts.ts";
 *
 * const measure = (value: number) => ({ value, interval: null });
 * const metrics = { candidateShare: measure(0.5), topKShare: measure(0.25) };
 * const chart = shareChart({ topK: 3, groups: [{ group: "BA", count: 9, metrics }], overall: {}, jobs: [] });
 * assertStringIncludes(chart.markup, "25.0 %");
 * ```
 */
export function shareChart(ranking: NonNullable<AttributeAudit["ranking"]>): Html {
  const rows = ranking.groups.slice(0, MAX_GROUPS).flatMap(({ group, metrics }) => {
    const { candidateShare, topKShare } = metrics;
    return candidateShare!.value === null || topKShare!.value === null
      ? []
      : [{ group, of: candidateShare!.value, share: topKShare!.value, interval: topKShare!.interval }];
  });
  const end = niceEnd(Math.max(...rows.flatMap(({ of, share, interval }) => [of, share, interval?.high ?? 0])));
  const left = labelWidth(rows.map(({ group }) => group));
  const x = (share: number) => left + share / end * PLOT;
  const height = rows.length * ROW + 34;
  return svg(left + PLOT + RIGHT, height, "Share of the top places beside share of the candidates", [
    axis(x, end, height - 22),
    ...rows.map(({ group, of, share, interval }, i) => {
      const y = 12 + i * ROW;
      const color = interval !== null && interval.high! < of ? ORANGE : BLUE;
      const range = interval === null ? html`` : html`
        <line x1="${x(interval.low!)}" x2="${x(interval.high!)}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="3"
          opacity="0.4" />
      `;
      return html`
        <text x="${left - 10}" y="${y + 4}" text-anchor="end">${shorten(group)}</text>${range}
        <rect x="${x(of) - 1.5}" y="${y - 8}" width="3" height="16" fill="${GREY}" />
        <circle cx="${x(share)}" cy="${y}" r="5" fill="${color}" />
        <text x="${left + PLOT + 12}" y="${y + 4}" fill="${color}">${percent(share)}</text>
      `;
    }),
  ]);
}

/**
 * The reliability curve: share of positives over mean score, dots as large as their bins are full.
 *
 * @param points One point per bin.
 * @returns An SVG.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { reliabilityChart } from "./html_charts.ts";
 *
 * const points = [{ low: 0, high: 1, count: 9, meanScore: 0.5, positiveRate: 0.25 }];
 * assertStringIncludes(reliabilityChart(points).markup, "<circle");
 * ```
 */
export function reliabilityChart(points: readonly ReliabilityPoint[]): Html {
  const size = 240;
  const x = (share: number) => 46 + share * size;
  const y = (share: number) => 8 + (1 - share) * size;
  const total = points.reduce((sum, { count }) => sum + count, 0);
  const filled = points.flatMap(({ count, meanScore, positiveRate }) =>
    meanScore === null || positiveRate === null ? [] : [{ count, meanScore, positiveRate }]
  );
  return svg(size + 70, size + 52, "Reliability curve", [
    html`
      <rect x="${x(0)}" y="${y(1)}" width="${size}" height="${size}" fill="none" stroke="#ddd" />
      <line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="${GREY}" stroke-dasharray="4 3" />
    `,
    ...[0, 0.5, 1].map((tick) =>
      html`<text x="${x(tick)}" y="${y(0) + 16}" text-anchor="middle" class="faint">${number(tick, 1)}</text>
<text x="${x(0) - 6}" y="${y(tick) + 4}" text-anchor="end" class="faint">${number(tick, 1)}</text>`
    ),
    html`
      <text x="${x(0.5)}" y="${y(0) + 34}" text-anchor="middle" class="faint">mean score</text>
      <text x="12" y="${y(0.5)}" text-anchor="middle" class="faint"
        transform="rotate(-90 12 ${y(0.5)})">share of positives</text>
      <polyline fill="none" stroke="${BLUE}" stroke-width="1.5" points="${filled.map(({ meanScore, positiveRate }) =>
        `${x(meanScore)},${y(positiveRate)}`
      ).join(" ")}" />
    `,
    ...filled.map(({ count, meanScore, positiveRate }) =>
      html`
        <circle cx="${x(meanScore)}" cy="${y(positiveRate)}" r="${3 +
          9 * Math.sqrt(count / total)}" fill="${BLUE}" opacity="0.7" />
      `
    ),
  ]);
}

function svg(width: number, height: number, title: string, parts: readonly Html[]): Html {
  return html`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
${join(parts)}
</svg>`;
}

function axis(x: (share: number) => number, end: number, bottom: number, top = 0): Html {
  return join([0, 0.5, 1].map((part) => {
    const at = x(part * end);
    return html`
      <line x1="${at}" x2="${at}" y1="${top}" y2="${bottom}" stroke="#e5e5e5" />
      <text x="${at}" y="${bottom + 20}" text-anchor="middle" class="faint">${percent(part * end).replace(
        ".0",
        "",
      )}</text>
    `;
  }));
}

/** The first of 2 %, 5 %, 10 %, 20 %, 30 %, 40 %, 60 %, 80 % and 100 % that holds a share. */
function niceEnd(share: number): number {
  return [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8].find((end) => share <= end) ?? 1;
}

function labelWidth(labels: readonly string[]): number {
  return Math.min(LABEL, 24 + LETTER * Math.max(...labels.map((label) => [...label].length)));
}

function shorten(label: string): string {
  const letters = [...label];
  return letters.length <= 26 ? label : letters.slice(0, 25).join("") + "…";
}
