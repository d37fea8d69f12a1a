/** `deno task devices` */
import { dim } from "@std/fmt/colors";
import { z } from "zod";
import { right, tableText } from "../report/mod.ts";
import { type DeviceReport, reportDevices } from "../graph/mod.ts";
import { selfCheck } from "../train/mod.ts";
import { verb } from "./command.ts";

export const devices = verb(
  [
    "devices",
    "List what can be trained on here: devices, memory, speed, and what is missing for the others",
    "deno task devices",
  ],
  z.object({}),
  async () => await devicesCommand(),
);

/** Tries every device and prints what can be trained on here, and what is missing for the rest. */
async function devicesCommand(): Promise<void> {
  console.error("trying every device; a graphics adapter compiles its programs first …");
  const reports = await Array.fromAsync(reportDevices(selfCheck));
  const { default: { version } } = await import("onnxruntime-node/package.json", { with: { type: "json" } });
  const { os, arch } = Deno.build;
  console.log(`\nONNX Runtime ${version}, Deno ${Deno.version.deno}, ${os} ${arch}\n\n${devicesText(reports)}`);
}

/** Devices as a table of those that work, and a line for each of the others with its remedy. */
export function devicesText(reports: readonly DeviceReport[]): string {
  const rows = reports.flatMap(({ device, name, memoryBytes, check }) =>
    check === null ? [] : [[
      device,
      name,
      memoryBytes === null ? "–" : (memoryBytes / 1e9).toFixed(1),
      check.gigaflops < 10 ? check.gigaflops.toPrecision(2) : check.gigaflops.toFixed(0),
      device === "cpu" ? "–" : check.error.toExponential(0),
      check.fallbacks.length === 0 ? "–" : check.fallbacks.join(", "),
    ]]
  );
  const columns = ["device", "runs on", right("memory (GB)"), right("MatMul GFLOP/s")];
  const table = tableText({ columns: [...columns, right("error"), "left to the CPU"], rows });
  const note = "error: of a tiny training step against the CPU, relative; deno task verify-device compares everything";
  const problems = reports.flatMap(({ device, problem }) =>
    problem === null ? [] : [`${device}: ${problem.replace(`device ${device}: `, "").replace(`${device} `, "")}\n`]
  );
  return `${table}${dim(note)}\n\n${problems.join("")}`;
}
