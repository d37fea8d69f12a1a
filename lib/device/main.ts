/** `deno task devices`: prints what can be trained on here. */
import { dim, setColorEnabled } from "@std/fmt/colors";
import * as ort from "onnxruntime-node";
import { textTable } from "../report/text_table.ts";
import { type DeviceReport, reportDevices } from "./devices.ts";

setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
const reports: DeviceReport[] = [];
console.error("trying every device; what needs compiling takes a while the first time …");
for await (const report of reportDevices()) reports.push(report);

console.log(
  `\nONNX Runtime ${ort.env.versions.node}, Deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}\n`,
);
const rows = reports.filter(({ check }) => check).map(({ device, name, memoryBytes, check }) => [
  device,
  name,
  memoryBytes === null ? "–" : (memoryBytes / 1e9).toFixed(1),
  check!.gigaflops < 10 ? check!.gigaflops.toPrecision(2) : check!.gigaflops.toFixed(0),
  device === "cpu" ? "–" : check!.error.toExponential(0),
  check!.fallbacks.length === 0 ? "–" : check!.fallbacks.join(", "),
]);
console.log(textTable(
  [
    { title: "device" },
    { title: "runs on" },
    { title: "memory (GB)", align: "right" },
    { title: "MatMul GFLOP/s", align: "right" },
    { title: "error", align: "right" },
    { title: "left to the CPU" },
  ],
  rows,
));
console.log(
  dim("error: of a tiny training step against the CPU, relative; deno task verify-device compares everything\n"),
);
for (const { device, problem } of reports) {
  if (problem) console.log(`${device}: ${problem.replace(/^device \S+: /, "")}`);
}
