/** Pages in a real browser without a network: Debian's chromium, driven by playwright-core. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { htmlPage, type Report } from "../../lib/report/mod.ts";
import { readPlotly } from "../../scripts/report/assets.ts";

/** Path of the browser; null when this machine has none. */
export const browserPath: string | null =
  ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
    existsSync(path)
  ) ?? null;

/** Starts the browser. It makes no connection of its own. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath!,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** An open page, and what it did that it should not have. */
export interface OpenReport {
  readonly page: Page;
  /** Errors, warnings, and requests to anywhere but the page itself. */
  readonly faults: string[];
  /** Milliseconds from the request to all figures. */
  readonly openMs: number;
}

/** Opens a file of a report. */
export async function openFile(
  browser: Browser,
  path: string,
  options: BrowserContextOptions = {},
): Promise<OpenReport> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  const own = pathToFileURL(path).href;
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => faults.push(`${message.type()}: ${message.text()}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    if (url !== own && !/^(data|blob):/.test(url)) faults.push(`request: ${url}`);
  });
  const start = performance.now();
  await page.goto(own);
  await page.waitForSelector("body[data-state]", { timeout: 60_000 });
  const openMs = performance.now() - start;
  const state = await page.getAttribute("body", "data-state");
  if (state !== "ready") faults.push(`state: ${state} ${await page.textContent("#failure")}`);
  return { page, faults, openMs };
}

/** Runs a body with a file of a report, which is removed afterwards. */
export async function withPage(
  report: Report,
  body: (path: string) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "joulebook-page-"));
  try {
    const path = join(dir, "report.html");
    writeFileSync(path, htmlPage(report, { plotly: readPlotly() }));
    await body(path);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
