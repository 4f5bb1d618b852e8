/// <reference lib="dom" />
// deno-lint-ignore-file no-console
/**
 * How large a page of a report is, how long it takes to make, and how long a browser takes to open it
 * with all figures drawn (target 2 s with 1e6 readings): plain pages, and one of 1e6 readings with
 * 1e6 requests under an enemy's names. Also the first zoom, which reads the tables. Medians of five
 * opens; needs chromium.
 */

import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { htmlPage } from "../../lib/report/mod.ts";
import { readPlotly } from "../../scripts/report/assets.ts";
import { browserPath, openFile, startBrowser } from "../report/browser.ts";
import { generatedReport, hostileTexts, type Size } from "../report/generated_report.ts";

const cases: readonly (Size & { readonly title: string })[] = [
  { title: "1e3 readings, 100 requests", readings: 1e3, requests: 100 },
  { title: "1e6 readings, 1e3 requests", readings: 1e6, requests: 1e3 },
  { title: "1e6 readings, 1e6 requests", readings: 1e6, requests: 1e6 },
  {
    title: "the same, an enemy's names",
    readings: 1e6,
    requests: 1e6,
    // Very long names now and then: all of them long would be a page of gigabytes.
    name: (i) => hostileTexts[i % hostileTexts.length]!.slice(0, i % 1000 < 17 ? undefined : 60),
    text: hostileTexts.join(" "),
  },
];

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

if (browserPath === null) {
  console.log("there is no chromium on this machine");
  Deno.exit(0);
}
const dir = mkdtempSync(join(tmpdir(), "joulebook-bench-"));
const browser = await startBrowser();
let failed = false;
try {
  for (const { title, ...size } of cases) {
    const report = generatedReport(size);
    const before = process.cpuUsage();
    const page = htmlPage(report, { plotly: readPlotly() });
    const { user, system } = process.cpuUsage(before);
    const path = join(dir, "report.html");
    writeFileSync(path, page);
    const opens: number[] = [];
    const zooms: number[] = [];
    const faults: string[] = [];
    for (let i = 0; i < 5; i++) {
      const open = await openFile(browser, path);
      opens.push(open.openMs);
      const start = performance.now();
      await open.page.click("#zoom-in");
      await open.page.waitForFunction(
        (endS) => document.getElementById("power")!.dataset["toS"] !== endS,
        String(report.power!.timeS.at(-1)!),
      );
      zooms.push(performance.now() - start);
      faults.push(...open.faults);
      if (await open.page.evaluate(() => "stolen" in globalThis)) faults.push("a text was run");
      await open.page.context().close();
    }
    failed ||= faults.length > 0;
    console.log(
      `${title}: ${(statSync(path).size / 1e6).toFixed(1)} MB, made in ` +
        `${((user + system) / 1e6).toFixed(1)} CPU s, opened in ${
          (median(opens) / 1000).toFixed(2)
        } s ` +
        `(slowest ${(Math.max(...opens) / 1000).toFixed(2)}), first zoom ` +
        `${(median(zooms) / 1000).toFixed(2)} s${
          faults.length === 0 ? "" : `; FAULTS ${faults.join("; ")}`
        }`,
    );
  }
  console.log(`load of this machine: ${loadavg().map((of) => of.toFixed(1)).join(" ")}`);
} finally {
  await browser.close();
  rmSync(dir, { recursive: true });
}
Deno.exit(failed ? 1 : 0);
