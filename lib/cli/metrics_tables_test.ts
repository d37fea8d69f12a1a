/** Tables that people really have, each audited by one command without editing. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { checkOptions } from "./command.ts";
import { METRICS_OPTIONS, runMetrics } from "./metrics.ts";

type Options = Record<string, unknown>;

/** The evaluation of a file, as JSON. */
const audit = (name: string, content: string | Uint8Array, options: Options) =>
  withFolder(async (folder) => {
    await Deno.writeFile(
      `${folder}/${name}`,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    let printed = "";
    const given = { score: ["score"], group: ["group"], resamples: 20, json: true, ...options };
    await runMetrics(
      checkOptions(METRICS_OPTIONS, { input: `${folder}/${name}`, ...given }),
      (text) => printed += text,
    );
    return given.json ? JSON.parse(printed.replaceAll(`${folder}/`, "")) : printed;
  });
const refuses = (content: string, options: Options, message: string) =>
  assertRejects(() => audit("a.csv", content, options), InputError, message);

/** Selection rate, base rate, positive predictive value and false positive rate of the first model. */
const numbers = ({ models: [model] }: { models: [{ overall: { metrics: Record<string, { value: number }> } }] }) => {
  const { selectionRate, baseRate, ppv, fpr } = model.overall.metrics;
  return [selectionRate, baseRate, ppv, fpr].map((one) => one === undefined ? null : Math.round(one.value * 1e4) / 1e4);
};

const ROWS = Array.from({ length: 60 }, (_, i) => ({
  score: (i * 7 % 60) / 60,
  label: Number(i * 7 % 60 >= 30) ^ Number(i % 5 === 0),
  group: i % 3 === 0 ? "A" : "B",
}));
const csv = (of: (row: typeof ROWS[number], i: number) => (string | number)[], header: string, delimiter = ",") =>
  [header, ...ROWS.map((row, i) => of(row, i).join(delimiter))].join("\n") + "\n";
const PLAIN = csv(({ score, label, group }) => [score, label, group], "score,label,group");
const labelled = { label: "label" };

permittedTest("the same rows give the same numbers, however a program writes them", async () => {
  const expected = numbers(await audit("a.csv", PLAIN, labelled));
  assertEquals(expected, [0.5, 0.5, 0.8, 0.2]);
  const same = async (name: string, content: string | Uint8Array, options: Options = labelled) =>
    assertEquals([name, numbers(await audit(name, content, options))], [name, expected]);
  await same("pandas.csv", csv(({ score, label, group }, i) => [i, score, label, group], ",score,label,group"));
  await same("trailing.csv", csv(({ score, label, group }) => [score, label, group, ""], "score,label,group"));
  const [head, ...lines] = PLAIN.replaceAll(",", ";").replaceAll(".", ",").split("\n");
  const european = [head, ...lines].join("\r\n");
  await same("excel.csv", `sep=;\r\n${european}`, { ...labelled, decimal: "," });
  await same("tabs.csv", PLAIN.replaceAll(",", "\t"));
  await same("mac.csv", PLAIN.replaceAll("\n", "\r"));
  await same("packed.csv.gz", gzipSync(PLAIN));
  await same("utf16.csv", Uint8Array.from([0xff, 0xfe, ...[...PLAIN].flatMap((letter) => [letter.charCodeAt(0), 0])]));
  await same("rows.jsonl", ROWS.map((row) => JSON.stringify({ ...row, skills: ["css"] })).join("\n"));
  await same("rows.json", JSON.stringify(ROWS));
  await same(
    "words.csv",
    csv(({ score, label, group }) => [score, label ? "True" : "FALSE", group], "score,label,group"),
  );
  await same("floats.csv", csv(({ score, label, group }) => [score, label ? "1.0" : " 0", group], "score,label,group"));
  const german = csv(({ score, label, group }) => [score, label + 1, group], "score,label,group");
  await same("one-two.csv", german, { ...labelled, positive: ["2"] });
  await same("nul.csv", csv(({ score, label, group }) => [score, label, group, "a\0b"], "score,label,group,note"));
  await same("joined.csv", PLAIN.replace("\n", "\n" + PLAIN.split("\n", 1)[0] + "\n"));
});

// The header of ProPublica's compas-scores-two-years.csv, with the two columns that it has twice.
const COMPAS = "id,name,first,last,compas_screening_date,sex,dob,age,age_cat,race,juv_fel_count,decile_score," +
  "juv_misd_count,juv_other_count,priors_count,days_b_screening_arrest,c_jail_in,c_jail_out,c_case_number," +
  "c_offense_date,c_arrest_date,c_days_from_compas,c_charge_degree,c_charge_desc,is_recid,r_case_number," +
  "r_charge_degree,r_days_from_arrest,r_offense_date,r_charge_desc,r_jail_in,r_jail_out,violent_recid," +
  "is_violent_recid,vr_case_number,vr_charge_degree,vr_offense_date,vr_charge_desc,type_of_assessment," +
  "decile_score,score_text,screening_date,v_type_of_assessment,v_decile_score,v_score_text,v_screening_date," +
  "in_custody,out_custody,priors_count,start,end,event,two_year_recid";

permittedTest("ProPublica's file is audited as published, with the score that it has twice", async () => {
  const columns = COMPAS.split(",");
  const person = ({ group, label }: typeof ROWS[number], i: number) =>
    columns.map((column) => {
      if (column === "decile_score") return i % 10 + 1;
      if (column === "two_year_recid") return label;
      if (column === "race") return group === "A" ? "Caucasian" : "African-American";
      return column === "c_charge_desc" ? '"Poss, of ""Cocaine"""' : column === "violent_recid" ? "" : i;
    });
  const options = { score: ["decile_score"], group: ["race"], label: "two_year_recid", threshold: 5 };
  assertEquals(numbers(await audit("compas.csv", csv(person, COMPAS), options))[0], 0.6);
  const differs = csv((row, i) => person(row, i).map((value, j) => j === 48 && i === 3 ? 99 : value), COMPAS);
  assertEquals(numbers(await audit("compas.csv", differs, options))[0], 0.6);
  await refuses(
    differs,
    { ...options, score: ["priors_count"] },
    'row 4, column "priors_count": expected equal values in columns of one name, found "3" in column 15 and "99" in ' +
      'column 49; "priors_count.0" names the first, "priors_count.1" the other',
  );
});

permittedTest("UCI Adult's two files joined have four labels, which must all be named", async () => {
  const income = ({ label }: typeof ROWS[number], i: number) => (label ? ">50K" : "<=50K") + (i < 30 ? "" : ".");
  const adult = csv((row, i) => [row.score, income(row, i), row.group], "score,income,group");
  const options = { label: "income", positive: [">50K"] };
  await refuses(adult, options, "for example --positive '>50K' --positive '>50K.' --negative '<=50K' --negative");
  const all = { ...options, positive: [">50K", ">50K."], negative: ["<=50K", "<=50K."] };
  assertEquals(numbers(await audit("adult.csv", adult, all)), [0.5, 0.5, 0.8, 0.2]);
});

permittedTest("values spelled as missing are missing in every column, and the report says which", async () => {
  const holes = csv(
    ({ score, label, group }, i) => [i === 1 ? "None" : score, label, i === 2 ? "nan" : i === 4 ? "N/A" : group],
    "score,label,group",
  );
  await refuses(holes, labelled, 'row 2, column "score": expected a value, found "None"; --drop-missing leaves');
  const { data } = await audit("a.csv", holes, { ...labelled, dropMissing: true });
  assertEquals([data.rows, data.dropped, data.missing], [57, 3, { score: 1, group: 2 }]);
  assertStringIncludes(data.notes[0], 'Column "group": "nan" (1), "N/A" (1) stand for missing values');
  const kept = await audit("a.csv", holes, { group: ["group"], score: ["label"], missing: ["?"] });
  assertEquals(kept.models[0].attributes[0].groups.map(({ group }: { group: string }) => group), [
    "A",
    "B",
    "N/A",
    "nan",
  ]);
});

permittedTest("groups of one look are one, alike ones are noted, and --merge joins them", async () => {
  const schools = ["École", "E\u0301cole", "ecole", "Lycée "];
  const text = csv(({ score, label }, i) => [score, label, schools[i % 4]!], "score,label,group");
  const names = ({ models: [{ attributes: [{ groups }] }] }: { models: [{ attributes: [{ groups: Options[] }] }] }) =>
    groups.map(({ group, count }) => [group, count]);
  assertEquals(names(await audit("a.csv", text, labelled)), [["Lycée", 15], ["ecole", 15], ["École", 30]]);
  const alike = csv(({ score, label }, i) => [score, label, ["White", "white", "Black"][i % 3]!], "score,label,group");
  const { data } = await audit("a.csv", alike, labelled);
  assertEquals(data.notes, [
    'Column "group": "White" (20), "white" (20) differ only in case, blanks or punctuation and are kept apart; ' +
    "--merge white=White joins them",
  ]);
  const merged = await audit("a.csv", alike, { ...labelled, merge: ["group:white=White"] });
  assertEquals([names(merged), merged.data.notes], [[["Black", 20], ["White", 40]], []]);
  await refuses(alike, { merge: ["whit=White"] }, 'found "whit" in no row, did you mean "white"');
  await refuses(alike, { merge: ["white"] }, "--merge white: expected two groups, as Latino=Hispanic");
  await refuses(alike, { merge: ["white=White", "white=Black"] }, 'expected one group for "white"');
});

permittedTest("a wrong number, encoding or delimiter is one line with row, column and remedy", async () => {
  const european = "score;label;group\n0,5;1;A\n";
  await refuses(
    european,
    labelled,
    'row 1, column "score": expected a finite number (--decimal , reads decimal commas)',
  );
  await refuses("score,group\n0.5,A\n", { decimal: "," }, "expected a number with a decimal comma, found");
  await refuses("score,group\n0x1,A\n", {}, 'row 1, column "score": expected a finite number, found "0x1"');
  await refuses("score,group\n1_000,A\n", {}, 'expected a finite number, found "1_000"');
  await refuses(PLAIN, { delimiter: ";" }, 'expected a column "score", found a single column; is the delimiter ","?');
  await refuses(PLAIN, { encoding: "utf-61" }, 'found "utf-61"');
  await refuses(PLAIN, { negative: ["0"] }, "--negative: expected --label with it, found none");
});

permittedTest("several scores are compared side by side, with paired intervals", async () => {
  const text = csv(({ score, label, group }) => [score, label, label, group], "score,other,label,group");
  const options = { ...labelled, score: ["score", "other"] };
  const { comparisons: [comparison], models } = await audit("a.csv", text, options);
  assertEquals([models.length, comparison.from, comparison.to], [2, "score", "other"]);
  const { value, interval: { low, high } } = comparison.overall.accuracy;
  assertEquals(Math.round(value * 100) / 100, 0.2);
  assertEquals([low <= value, value <= high], [true, true]);
  assertStringIncludes(await audit("a.csv", text, { ...options, json: false }), "change");
  const weighted = { ...options, weight: "label", json: false };
  assertStringIncludes(await audit("a.csv", text, weighted), "comparisons of models: they count rows, not weights");
  const apart = await audit("a.csv", text, { ...options, threshold: [0.25, 1] });
  assertEquals(apart.models.map(({ threshold }: { threshold: number }) => threshold), [0.25, 1]);
  await refuses(text, { score: ["score", "score"] }, '--score: expected distinct columns, found "score" twice');
  await refuses(text, { ...options, counterfactualScore: ["other"] }, "expected one for each of the 2 --score columns");
});
