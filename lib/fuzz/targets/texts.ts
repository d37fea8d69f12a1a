/** Résumés through cleaning, extraction, masking and counterfactuals; notebooks to pages. */
import { cleanNotebook, outputFault } from "../../cli/notebooks/kept.ts";
import { notebookHtml, notebookTitle } from "../../cli/notebooks/html.ts";
import { notebookText, readNotebook } from "../../cli/notebooks/notebook.ts";
import { cleanText, educationCounterfactuals, extractEducation, maskEducation, readTable } from "../../data/mod.ts";
import type { Input } from "../mutate.ts";
import { loadTokenizer } from "../../model/tokenizer.ts";
import { explanationPage, tableText, wordTable } from "../../report/mod.ts";
import { readWords } from "../../train/words.ts";
import { checkWords, expectThat, type Target } from "../target.ts";
import { bytes, filesOf } from "./seeds.ts";

const TESTDATA = `${import.meta.dirname}/../../testdata`;

async function resumeTexts(): Promise<string[]> {
  const texts: string[] = [];
  for (const name of ["res_plain", "res_html", "livecareer_judged", "education_abroad"]) {
    for await (const { values } of readTable(`${TESTDATA}/resumes/${name}.csv`)) {
      texts.push(Object.values(values).reduce((longest, text) => text.length > longest.length ? text : longest, ""));
    }
  }
  return texts;
}

interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly newStart: number;
  readonly newEnd: number;
  readonly replacement: string;
}

/** Every change is where it says, before and after, and there are no others. */
function checkChanges(before: string, after: string, changes: readonly Change[]): void {
  let at = 0, made = "";
  for (const { start, end, text, newStart, newEnd, replacement } of changes) {
    expectThat(before.slice(start, end) === text, `"${text}" is not at ${start}`);
    expectThat(after.slice(newStart, newEnd) === replacement, `"${replacement}" is not at ${newStart}`);
    made += before.slice(at, start) + replacement;
    at = end;
  }
  expectThat(made + before.slice(at) === after, "something else was changed");
}

const resumes = (seeds: readonly Input[]): Target => ({
  name: "résumés",
  seeds,
  run: ({ files }) => {
    const written = new TextDecoder().decode(files["resume.txt"]);
    const text = cleanText(written);
    expectThat(
      cleanText(text).trim() === text.trim() || text.includes("<") || text.includes("&"),
      "cleaned twice differs",
    );
    for (const own of [text, written]) {
      const { evidence, school, degrees, schools } = extractEducation(own);
      for (const span of [evidence, school, ...degrees, ...schools]) {
        if (span) expectThat(own.slice(span.start, span.end) === span.text, `"${span.text}" is not at ${span.start}`);
      }
      const masked = maskEducation(own);
      checkChanges(own, masked.text, masked.replacements);
      const { level, counterfactuals, impossible } = educationCounterfactuals(own, {});
      expectThat(level === null || counterfactuals.length + impossible.length > 0, "no counterfactual, and no reason");
      for (const made of counterfactuals) {
        checkChanges(own, made.text, made.changes);
        const again = extractEducation(made.text).level;
        expectThat(again === made.level, `a counterfactual of level ${made.level} reads ${again}`);
      }
    }
  },
});

const cells = [
  {
    cell_type: "markdown",
    id: "a",
    metadata: {},
    source: ["# Title\n", "\n", "Some *prose*, `code` and a [link](x)."],
  },
  {
    cell_type: "code",
    id: "b",
    metadata: { tags: ["parameters"] },
    execution_count: 1,
    source: "const x = 1;\nx",
    outputs: [
      { output_type: "stream", name: "stdout", text: ["a line\n", "overwritten\rline\n"] },
      { output_type: "execute_result", data: { "text/plain": ["1"] }, metadata: {}, execution_count: 1 },
      { output_type: "error", ename: "Error", evalue: "no", traceback: ["\u001b[31mError\u001b[0m: no"] },
    ],
  },
  {
    cell_type: "code",
    metadata: {},
    execution_count: null,
    source: ["show(figure)"],
    outputs: [{
      output_type: "display_data",
      metadata: {},
      data: {
        "application/vnd.plotly.v1+json": {
          data: [{ type: "bar", x: ["a", "b"], y: [1, 2] }],
          layout: {
            xaxis: { title: { text: "x" } },
            meta: { name: "bars", title: "Bars", subtitle: "", alt: "two bars", layout: {} },
          },
          config: { displaylogo: false },
        },
        "text/html": ["<table><tr><td>1</td></tr></table>"],
        "image/png": "iVBORw0KGgo=",
        "text/markdown": "**bold**",
      },
    }],
  },
  { cell_type: "raw", metadata: {}, source: "raw text" },
];

const notebook: Target = {
  name: "notebook",
  seeds: [
    { cells, metadata: { kernelspec: { name: "deno" } }, nbformat: 4, nbformat_minor: 5 },
    ...cells.map((cell) => ({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 })),
  ].map((own): Input => ({ files: filesOf({ "01_own.ipynb": own }) })),
  run: async () => {
    const read = await readNotebook("01_own.ipynb");
    const kept = cleanNotebook(read, { root: "/root/of/it", home: "/home/ann" });
    outputFault(kept, read);
    for (const own of [read, kept]) {
      notebookText(own);
      notebookTitle(own);
      notebookHtml(own, {
        source: "01_own.ipynb",
        pages: [{ title: notebookTitle(own) }],
        plotly: { file: "plotly.js" },
      });
    }
  },
};

/** Words as `explain` shows them, whatever the résumé. */
const explained: Target = {
  name: "explain",
  seeds: [],
  run: async ({ files }) => {
    const text = cleanText(new TextDecoder().decode(files["resume.txt"]));
    const tokenizer = await (opened ??= loadTokenizer(`${TESTDATA}/golden_outputs/inputs`));
    const ids = tokenizer.encode(`passage: ${text}`, { maxLength: 64 });
    const words = readWords(text, ids, { tokenizer, instruction: "passage: " });
    for (const { word, start, end, from, to } of words) {
      expectThat(text.slice(start, end) === word, `"${word}" is not at ${start}`);
      expectThat(from > 0 && from < to && to < ids.length, `"${word}" has the tokens from ${from} to ${to}`);
    }
    const own = words.map((word, i) => ({ ...word, contribution: i % 7 / 10 - 0.3 }));
    const explanation = { score: 0.5, baseline: 0.1, around: 0.4, words: own };
    checkWords(tableText(wordTable(explanation)) + explanationPage(text, explanation), { files });
  },
};
let opened: ReturnType<typeof loadTokenizer> | undefined;

/** The targets; the résumés are in tables. */
export async function textTargets(): Promise<Target[]> {
  const texts = await resumeTexts();
  const seeds = texts.map((text): Input => ({ files: { "resume.txt": bytes(text.slice(0, 3000)) } }));
  return [resumes(seeds), { ...explained, seeds }, notebook];
}
