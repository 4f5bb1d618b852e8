/** Reports of any size and any texts, generated with a seed. */

import { attributeEqualShare } from "../../lib/attribution/mod.ts";
import { createIntegrator, sampledPower } from "../../lib/power/mod.ts";
import { createRandom } from "../../lib/random.ts";
import type { Report } from "../../lib/report/mod.ts";
import { requestLog } from "../../lib/requests/mod.ts";

/** What {@linkcode generatedReport} makes. */
export interface Size {
  /** Readings of power, ten a second. */
  readonly readings: number;
  /** Requests, evenly over the trace. */
  readonly requests: number;
  /** Name of a request; by default like those of a run. */
  readonly name?: (i: number) => string;
  /** Title, device and notes; by default plain ones. */
  readonly text?: string;
}

/** Texts as an enemy would put them into a log. */
export const hostileTexts: readonly string[] = [
  "</script><script>globalThis.stolen=1</script>",
  "<img src=x onerror=globalThis.stolen=2>",
  "\"><svg onload=globalThis.stolen=3>'`",
  "<!--<script>",
  "\u2028\u2029\u0000\u0007\u001b[31mred\u202Eesrever",
  "%{x}<b>bold</b><a href='javascript:globalThis.stolen=4'>link</a>",
  '=HYPERLINK("http://example.org/?"&A1)',
  "+1+cmd|' /C calc'!A0",
  "-2+3",
  "@SUM(A1:A9)",
  "\t=1+1",
  'a,"b"\r\nc',
  "&lt;b&gt; &#x3c;script&#x3e;",
  "\ud800 half a pair",
  "${globalThis.stolen=5}",
  "$$\\href{javascript:globalThis.stolen=6}{x}$$",
  `meta-llama/${"very-long-model-name-".repeat(400)}`,
];

/** A report with an attribution by equal shares. */
export function generatedReport({ readings, requests, name, text = "gpu0" }: Size): Report {
  const random = createRandom(1);
  const stepS = 0.1;
  const startS = 1_772_000_000;
  const timeS = Float64Array.from({ length: readings }, (_, i) => startS + i * stepS);
  const powerW = timeS.map(() => Math.round(100 * (300 + 40 * random.normal())) / 100)
    .map((watts) => Math.max(60, watts));
  // One reading in the middle is a peak that nothing may hide.
  powerW[readings >> 1] = 1234.5;
  const power = sampledPower({ timeS, powerW }, { device: { kind: "gpu", id: text } });
  const everyS = (readings - 200) * stepS / requests;
  const micro = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
  const submitS = Float64Array.from(
    { length: requests },
    (_, i) => micro(startS + 2 + (i + random.uniform()) * everyS),
  );
  const firstTokenS = submitS.map((t) => micro(t + 0.05 + 0.1 * random.exponential()));
  const endS = firstTokenS.map((t) => micro(t + 0.2 + 1.5 * random.exponential()));
  const log = requestLog({
    submitS,
    firstTokenS,
    endS,
    inputTokens: submitS.map(() => 50 + random.integer(2000)),
    outputTokens: submitS.map(() => 2 + random.integer(400)),
    ids: Array.from(submitS, (_, i) => name?.(i) ?? `001-c8/1/load/${i}`),
    source: { path: `${text}.json`, format: "generated" },
  });
  const result = attributeEqualShare(createIntegrator(power, { minSamples: 0 }), log);
  const interval = (energyJ: number, half: number) => ({
    energyJ,
    lowJ: energyJ - half,
    highJ: energyJ + half,
  });
  return {
    title: text === "gpu0" ? "A generated report" : text,
    origin: "generated",
    logOrigin: "generated",
    madeS: null,
    versions: { joulebook: "test" },
    power,
    devices: [power],
    facts: {
      method: result.method,
      idleRule: "in-requests",
      devices: [text],
      offsetS: 0,
      offsetWidthS: 0,
      overlap: 1,
      totalJ: result.totalJ,
      idleJ: result.idleJ,
      unattributedJ: result.unattributedJ,
      prefill: interval(result.prefillJ, result.halfWidths.prefillJ),
      decode: interval(result.decodeJ, result.halfWidths.decodeJ),
      unsplitJ: result.unsplitJ,
      conservationError: result.conservationError,
      warnings: text === "gpu0" ? [] : [
        { code: "clock-width", message: text, value: 1, limit: 2 },
      ],
      dropped: [...result.dropped, ...(text === "gpu0" ? [] : [{ reason: text, count: 1 }])],
      notes: [text],
    },
    requests: { log, energies: result.requests },
    windows: null,
    findings: text === "gpu0" ? [] : [{
      rule: text,
      severity: "warning",
      where: text,
      message: text,
      expected: text,
      found: text,
    }],
    files: [{ path: text, role: "power", format: text, bytes: 1, sha256: null }],
    notes: [text],
    tables: text === "gpu0"
      ? []
      : [{ id: "cells", title: text, text, rows: [{ [text]: text, energyJ: 1.5 }] }],
    texts: [{ title: text, text }],
  };
}
