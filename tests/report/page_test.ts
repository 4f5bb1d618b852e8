import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseHTML } from "linkedom";
import { htmlPage, type Report } from "../../lib/report/mod.ts";
import type { PageData } from "../../lib/report/page/data.ts";
import { decodeColumn } from "../../lib/report/page/decode.ts";
import { pageFunctions, pageScript } from "../../lib/report/page_script.ts";
import { readPlotly } from "../../scripts/report/assets.ts";
import { generatedReport, hostileTexts } from "./generated_report.ts";

const plotly = 'const Plotly = {}; // </script> <!-- "';
const plain = generatedReport({ readings: 600, requests: 50 });
const hostile = generatedReport({
  readings: 600,
  requests: 50,
  name: (i) => hostileTexts[i % hostileTexts.length]!,
  text: hostileTexts.join(" "),
});

function pageOf(report: Report): { html: string; document: Document; data: PageData } {
  const html = htmlPage(report, { plotly });
  const { document } = parseHTML(html) as unknown as { document: Document };
  const block = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!;
  return { html, document, data: JSON.parse(block) };
}

/** Start tags of a page with their attributes, as a browser's tokenizer sees them. */
function tagsOf(html: string): string[] {
  const outside = html.replace(/(<(script|style)[^>]*>).*?(<\/\2>)/gs, "$1$3");
  return [...outside.matchAll(/<[a-z][^>]*>/gi)].map(([tag]) => tag);
}

Deno.test("texts of an enemy add no element, attribute or program to a page", () => {
  const names = (report: Report): Set<string> =>
    new Set(tagsOf(pageOf(report).html).map((tag) => /^<([^\s>]+)/.exec(tag)![1]!));
  const known = names(plain);
  // Only what the report itself has more: a table, doubts, findings.
  for (const name of ["table", "tbody", "thead", "caption", "th", "td", "tr", "code", "strong"]) {
    known.add(name);
  }
  assert.deepEqual([...names(hostile)].filter((name) => !known.has(name)), []);
  for (const tag of tagsOf(pageOf(hostile).html)) {
    assert.ok(!/\son\w+\s*=|javascript:|srcdoc/i.test(tag.replace(/="[^"]*"/g, '=""')), tag);
  }
  const scripts = [...pageOf(hostile).html.matchAll(/<script/gi)];
  assert.equal(scripts.length, 3);
});

Deno.test("no byte of a page can change how its surroundings read", () => {
  const { html } = pageOf(hostile);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(html, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
  assert.ok(html.isWellFormed());
});

Deno.test("a page refers to nothing: no address in any attribute or style", () => {
  for (const report of [plain, hostile]) {
    const { html } = pageOf(report);
    for (const tag of tagsOf(html)) {
      for (
        const [, name, value] of tag.matchAll(/\s(href|src|action|srcset|poster|data)="([^"]*)"/g)
      ) {
        assert.match(value!, /^(#[a-z-]+|data:,)$/, `${name} of ${tag}`);
      }
    }
    const style = /<style>(.*?)<\/style>/s.exec(html)![1]!;
    assert.doesNotMatch(style, /url\(|@import|https?:/i);
    assert.doesNotMatch(
      pageScript(),
      /https?:|\bfetch\b|XMLHttpRequest|WebSocket|sendBeacon|import\(/,
    );
  }
});

Deno.test("the policy lets only the two programs of the page run, and nothing load", () => {
  const { html, document } = pageOf(hostile);
  const policy = document.querySelector("meta[http-equiv]")!.getAttribute("content")!;
  const rules = new Map(
    policy.split("; ").map((rule) => {
      const [name, ...values] = rule.split(" ");
      return [name, values];
    }),
  );
  assert.deepEqual(rules.get("default-src"), ["'none'"]);
  assert.deepEqual(rules.get("form-action"), ["'none'"]);
  assert.equal(rules.has("connect-src"), false);
  const programs = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, program]) => program!);
  assert.equal(programs.length, 2);
  assert.deepEqual(
    rules.get("script-src"),
    programs.map((of) => `'sha256-${createHash("sha256").update(of).digest("base64")}'`),
  );
  // The policy stands before anything that it rules.
  assert.ok(html.indexOf("http-equiv") < html.indexOf("<style"));
});

Deno.test("the tables of a page are the report's columns, exactly", async () => {
  for (const report of [plain, hostile]) {
    const { data } = pageOf(report);
    const column = async (table: string, name: string) => {
      const stored = data.tables.find(({ id }) => id === table)!;
      return await decodeColumn(stored.columns.find((one) => one.name === name)!, stored.rows);
    };
    const { log, energies } = report.requests!;
    assert.deepEqual(await column("requests", "energyJ"), energies!.energyJ);
    assert.deepEqual(await column("requests", "lowJ"), energies!.lowJ);
    assert.deepEqual(await column("requests", "startS"), log.submitS);
    assert.deepEqual(await column("power", "timeS"), report.power!.timeS);
    const names = (await column("requests", "name")) as readonly string[];
    assert.deepEqual(names, log.ids);
  }
});

Deno.test("a page says what was measured, what it comes from and what was left out", () => {
  const { document } = pageOf(plain);
  const text = document.querySelector("main")!.textContent;
  for (
    const expected of [
      /Energy of the whole trace[\d.]+ ± [\d.]+ kJ/,
      /Energy of a request/,
      /Energy per output token/,
      /Share: prefill/,
      /generated, not measured/,
      /equal-share/,
      /idle power included, is divided in equal parts/,
      /An error of calibration of the sensor is not in them/,
      /SHA-256/,
      /Left out/,
    ]
  ) assert.match(text, expected);
  assert.match(document.querySelector(".origin")!.textContent, /generated/);
});

Deno.test("measured energy that a rule divides is called modelled, latencies are not", () => {
  const report: Report = { ...plain, origin: "measured", logOrigin: "measured" };
  const { document } = pageOf(report);
  const remarks = new Map(
    [...document.querySelectorAll("dl.numbers > div")].map((card) => [
      card.querySelector("dt")!.textContent,
      card.querySelector(".remark")!.textContent,
    ]),
  );
  assert.match(remarks.get("Energy of the whole trace")!, /^measured/);
  assert.match(remarks.get("Energy of a request")!, /^modelled/);
  assert.match(remarks.get("TTFT, median")!, /^measured/);
});

Deno.test("every control has a name, every table a heading for its columns", () => {
  const { document } = pageOf(plain);
  for (const control of document.querySelectorAll("input, select, button")) {
    const name = control.closest("label")?.textContent ?? control.getAttribute("aria-label") ??
      control.textContent;
    assert.notEqual(name.trim(), "", control.outerHTML);
  }
  for (const section of document.querySelectorAll("section")) {
    const heading = document.getElementById(section.getAttribute("aria-labelledby")!);
    assert.notEqual(heading?.textContent ?? "", "");
  }
  assert.equal(document.documentElement.getAttribute("lang"), "en");
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("a report without an attribution, and one without readings, make pages too", () => {
  const powerOnly: Report = { ...plain, facts: null, requests: null, findings: [] };
  assert.match(pageOf(powerOnly).html, /nothing was divided/);
  const noPower: Report = { ...plain, power: null, devices: [] };
  const { data, html } = pageOf(noPower);
  assert.equal(data.trace, null);
  assert.equal(data.tables.some(({ id }) => id === "power"), false);
  assert.match(html, /the document holds no readings/);
  const noEnergies: Report = {
    ...plain,
    facts: null,
    requests: { log: plain.requests!.log, energies: null },
  };
  assert.match(pageOf(noEnergies).html, /There is no attribution/);
});

Deno.test("what no browser could hold is refused with the limits", () => {
  const timeS = new Float64Array(20_000_001);
  const power = { ...plain.power!, timeS } as Report["power"];
  assert.throws(() => htmlPage({ ...plain, power }, { plotly }), {
    name: "InputError",
    code: "refused",
    message: /at most 20000000 readings/,
  });
});

Deno.test("the page's program has every function that its parts use, and none of its own twice", () => {
  const names = pageFunctions.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
  const known = new Set([...names, "missingText"]);
  const dir = fileURLToPath(new URL("../../lib/report/page/", import.meta.url));
  for (const file of readdirSync(dir)) {
    const source = readFileSync(dir + file, "utf8");
    for (const [, list] of source.matchAll(/^import (?!type)\{([^}]*)\}/gms)) {
      for (const part of list!.split(",").map((name) => name.trim())) {
        if (part === "" || part.startsWith("type ")) continue;
        assert.ok(known.has(part), `${file} uses ${part}, which the page does not carry`);
      }
    }
    // A constant beside the functions would be missing in the page.
    assert.doesNotMatch(source, /^(export )?(const|let|var|class|enum) /m, file);
  }
  // It is a program.
  assert.ok(new Function(pageScript()));
});

Deno.test("the bundle of plotly.js is put into the page as it is", () => {
  const bundle = readPlotly();
  assert.match(bundle.slice(0, 200), /plotly\.js/);
  assert.ok(htmlPage(plain, { plotly: bundle }).includes(bundle));
});
