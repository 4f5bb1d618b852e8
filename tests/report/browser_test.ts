/// <reference lib="dom" />
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { browserPath, openFile, startBrowser, withPage } from "./browser.ts";
import { generatedReport, hostileTexts } from "./generated_report.ts";

let browser: Browser;

if (browserPath !== null) {
  Deno.test.beforeAll(async () => {
    browser = await startBrowser();
  });
  Deno.test.afterAll(() => browser.close());
}

/** A test that needs a browser; it is ignored, by name, where there is none. */
function browserTest(name: string, body: (browser: Browser) => Promise<void>): void {
  Deno.test({
    name: browserPath === null ? `${name} (needs chromium)` : name,
    ignore: browserPath === null,
    // The browser and its pages outlive a test.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => body(browser),
  });
}

const report = generatedReport({ readings: 20_000, requests: 500 });
const { log, energies } = report.requests!;

/** What a figure holds: its traces as Plotly keeps them. */
function traces(
  page: Page,
  id: string,
): Promise<{ name: string; visible: boolean; x: number[]; y: number[] }[]> {
  return page.evaluate((id) =>
    // deno-lint-ignore no-explicit-any
    (document.getElementById(id) as any).data.map((trace: any) => ({
      name: trace.name,
      visible: trace.visible !== false,
      x: Array.from(trace.x ?? []),
      y: Array.from(trace.y ?? []),
    })), id);
}

/** The span that the figure of power shows, once it has changed. */
async function spanAfter(page: Page, act: () => Promise<unknown>): Promise<[number, number]> {
  const power = page.locator("#power");
  const before = await power.getAttribute("data-from-s") + " " +
    await power.getAttribute("data-to-s");
  await act();
  await page.waitForFunction((before) => {
    const { fromS, toS } = document.getElementById("power")!.dataset;
    return `${fromS} ${toS}` !== before;
  }, before);
  return [
    Number(await power.getAttribute("data-from-s")),
    Number(await power.getAttribute("data-to-s")),
  ];
}

/** Saves a file by a button and reads it. */
async function download(page: Page, selector: string): Promise<[name: string, text: string]> {
  const [saved] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  return [saved.suggestedFilename(), readFileSync(await saved.path(), "utf8")];
}

browserTest(
  "a page opens without an error or a request, draws, and zooms to the readings",
  (browser) =>
    withPage(report, async (path) => {
      const { page, faults } = await openFile(browser, path);
      const drawn = await traces(page, "power");
      assert.deepEqual(
        drawn.map(({ name }) => name),
        ["decode", "prefill", "no request", "readings", "decode, in flight", "prefill, in flight"],
      );
      const peak = (readings: readonly { name: string; y: number[] }[]): number =>
        Math.max(...readings.find(({ name }) => name === "readings")!.y);
      assert.equal(peak(drawn), 1234.5);

      const { timeS } = report.power!;
      const whole = timeS.at(-1)! - timeS[0]!;
      const [fromS, toS] = await spanAfter(page, () => page.click("#zoom-in"));
      assert.ok(Math.abs((toS - fromS) / whole - 0.5) < 1e-6);
      // The peak lies in the middle: it stays in sight, and near it every reading is drawn.
      for (let i = 0; i < 5; i++) await spanAfter(page, () => page.click("#zoom-in"));
      const near = await traces(page, "power");
      assert.equal(peak(near), 1234.5);
      const { x } = near.find(({ name }) => name === "readings")!;
      assert.ok(Math.abs(x[1]! - x[0]! - 0.1) < 1e-6, "readings one by one");

      // By keys, and by dragging over the figure.
      await page.focus("#power");
      await spanAfter(page, () => page.keyboard.press("ArrowRight"));
      const all = await spanAfter(page, () => page.keyboard.press("0"));
      assert.deepEqual(all, [timeS[0], timeS.at(-1)]);
      const box = (await page.locator("#power .nsewdrag").first().boundingBox())!;
      const [left, right] = [box.x + box.width * 0.25, box.x + box.width * 0.5];
      const y = box.y + box.height / 2;
      const dragged = await spanAfter(page, async () => {
        await page.mouse.move(left, y);
        await page.mouse.down();
        await page.mouse.move(right, y, { steps: 5 });
        await page.mouse.up();
      });
      assert.ok(Math.abs(dragged[0] - (timeS[0]! + 0.25 * whole)) < 0.02 * whole, String(dragged));
      assert.ok(Math.abs(dragged[1] - (timeS[0]! + 0.5 * whole)) < 0.02 * whole, String(dragged));
      assert.deepEqual(faults, []);
    }),
);

browserTest(
  "a phase can be switched off by its box, and the rest is stacked anew",
  (browser) =>
    withPage(report, async (path) => {
      const { page, faults } = await openFile(browser, path);
      const shown = async (): Promise<string[]> =>
        (await traces(page, "power")).filter(({ visible }) => visible).map(({ name }) => name);
      const before = await shown();
      await page.focus('input[data-layer="0"]');
      await page.keyboard.press("Space");
      await page.waitForFunction(() =>
        // deno-lint-ignore no-explicit-any
        (document.getElementById("power") as any).data[0].visible === false
      );
      const off = new Set(["decode", "decode, in flight"]);
      assert.deepEqual(await shown(), before.filter((name) => !off.has(name)));
      await page.check('input[data-layer="0"]');
      await page.waitForFunction(() =>
        // deno-lint-ignore no-explicit-any
        (document.getElementById("power") as any).data[0].visible === true
      );
      assert.deepEqual(await shown(), before);
      assert.deepEqual(faults, []);
    }),
);

browserTest(
  "requests are filtered and sorted, and what fits is saved exactly",
  (browser) =>
    withPage(report, async (path) => {
      const { page, faults } = await openFile(browser, path);
      const says = (text: RegExp): Promise<void> =>
        page.locator("#rows-count").filter({ hasText: text }).waitFor();
      await says(/^1 to 40 of 500 that fit, of 500 requests\.$/);
      await page.click("#rows-after");
      await says(/^41 to 80 of 500/);
      await page.fill("#rows-text", "LOAD/12");
      const named = log.ids!.flatMap((id, i) => id.includes("load/12") ? [i] : []);
      await says(new RegExp(`^1 to ${named.length} of ${named.length} that fit`));
      await page.selectOption("#rows-sort", "energy");
      const byEnergy = named.toSorted((a, b) => energies!.energyJ[b]! - energies!.energyJ[a]!);
      await page.locator("#rows-table tbody tr").first()
        .filter({ hasText: log.ids![byEnergy[0]!]! }).waitFor();
      const [name, text] = await download(page, "#rows-save");
      assert.equal(name, "joulebook-requests-filtered.csv");
      const [head, ...lines] = text.trimEnd().split("\r\n").map((line) => line.split(","));
      const at = (column: string): number => head!.indexOf(column);
      assert.deepEqual(lines.map((line) => line[at("name")]), byEnergy.map((i) => log.ids![i]));
      assert.deepEqual(
        lines.map((line) => Number(line[at("energyJ")])),
        byEnergy.map((i) => energies!.energyJ[i]),
      );
      assert.equal((await traces(page, "waterfall"))[0]!.y.length, named.length);

      // Only what the figure of power shows.
      await page.click("button[type=reset]");
      await says(/of 500 that fit/);
      await page.check("#rows-in-span");
      const [fromS, toS] = await spanAfter(page, () => page.click("#zoom-in"));
      const inside = log.submitS.filter((from, i) => from <= toS && log.endS[i]! >= fromS).length;
      await says(new RegExp(` of ${inside} that fit`));
      await page.fill("#rows-text", "no such request");
      await says(/^None of 500 requests fits\.$/);
      assert.deepEqual(faults, []);
    }),
);

browserTest(
  "every table is saved whole and exactly",
  (browser) =>
    withPage(report, async (path) => {
      const { page, faults } = await openFile(browser, path);
      const [name, text] = await download(page, 'button[data-table="power"]');
      assert.equal(name, "joulebook-power.csv");
      const [head, ...lines] = text.trimEnd().split("\r\n");
      assert.equal(head, "timeS,powerW");
      const { timeS, powerW } = report.power as { timeS: Float64Array; powerW: Float64Array };
      assert.equal(lines.length, timeS.length);
      lines.forEach((line, i) => assert.equal(line, `${timeS[i]},${powerW[i]}`));
      for (const table of ["numbers", "requests", "distributions", "files"]) {
        const [, csv] = await download(page, `button[data-table="${table}"]`);
        assert.ok(csv.split("\r\n").length > 1, table);
      }
      assert.deepEqual(faults, []);
    }),
);

browserTest("a log of an enemy does no harm", async (browser) => {
  const hostile = generatedReport({
    readings: 3000,
    requests: 200,
    name: (i) => hostileTexts[i % hostileTexts.length]!,
    text: hostileTexts.join(" "),
  });
  await withPage(hostile, async (path) => {
    const { page, faults } = await openFile(browser, path, {
      viewport: { width: 400, height: 800 },
    });
    // Hover over figures and rows: their texts are made then.
    const bar = page.locator("#waterfall .bars .point path");
    for (let i = 0; i < 20; i++) {
      await bar.nth(i).hover({ force: true }).catch(() => {});
    }
    await page.fill("#rows-text", "<script>");
    await page.locator("#rows-count").filter({ hasText: /that fit/ }).waitFor();
    const [, csv] = await download(page, 'button[data-table="requests"]');
    for (const line of csv.split("\r\n")) assert.doesNotMatch(line, /^"?[=+@-]/);
    assert.equal(await page.evaluate(() => "stolen" in globalThis), false);
    const found = await page.evaluate(() => ({
      links: [...document.querySelectorAll("main a, #waterfall a, svg a")].length,
      foreign: [...document.querySelectorAll("img, iframe, object, embed, main script")].length,
      wide: document.documentElement.scrollWidth > innerWidth,
    }));
    assert.deepEqual(found, { links: 0, foreign: 0, wide: false });
    assert.deepEqual(faults, []);
  });
});

browserTest(
  "a page follows the system's look, a reader's choice, and is light on paper",
  (browser) =>
    withPage(report, async (path) => {
      const { page, faults } = await openFile(browser, path, { colorScheme: "dark" });
      const paper = (): Promise<string> =>
        page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const drawn = (): Promise<string> =>
        // deno-lint-ignore no-explicit-any
        page.evaluate(() => (document.getElementById("power") as any).layout.paper_bgcolor);
      assert.deepEqual([await paper(), await drawn()], ["rgb(21, 23, 28)", "#15171c"]);
      await page.selectOption("#look", "light");
      assert.deepEqual([await paper(), await drawn()], ["rgb(255, 255, 255)", "#ffffff"]);
      await page.selectOption("#look", "system");
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      assert.equal(await drawn(), "#ffffff");
      const width = (): Promise<number> =>
        page.evaluate(() =>
          document.querySelector("#power .main-svg")!.getBoundingClientRect().width
        );
      assert.equal(await width(), 680);
      await page.evaluate(() => dispatchEvent(new Event("afterprint")));
      assert.ok(await width() > 900);
      await page.setViewportSize({ width: 500, height: 800 });
      await page.waitForFunction(() =>
        document.documentElement.scrollWidth <= 500 &&
        document.querySelector("#power .main-svg")!.getBoundingClientRect().width > 300
      );
      assert.equal(await drawn(), "#15171c");
      assert.deepEqual(faults, []);
    }),
);
