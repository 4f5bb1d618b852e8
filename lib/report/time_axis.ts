import type { Clock } from "../clock.ts";
import type { PageData } from "./page/data.ts";
import type { Report } from "./report.ts";
import type { PageTrace } from "./trace.ts";

/** Span of a report beyond which its axes count hours. */
const longS = 20_000;

/** What the time axes of a page count from, and in what. */
export function timeAxis(report: Report, trace: PageTrace | null): PageData["time"] {
  const { requests, windows } = report;
  let [startS, endS] = [Infinity, -Infinity];
  const take = (from: number, to: number): void => {
    if (from < startS) startS = from;
    if (to > endS) endS = to;
  };
  if (trace !== null && trace.timeS.length > 1) take(trace.timeS[0]!, trace.timeS.at(-1)!);
  else {
    requests?.log.submitS.forEach((from, i) => {
      const to = requests.log.endS[i]!;
      take(from, Number.isNaN(to) ? from : to);
    });
    for (const window of windows ?? []) take(window.startS, window.endS);
  }
  if (!(endS > startS)) [startS, endS] = [0, 1];
  const unit = endS - startS > longS ? "h" : "s";
  const clock = requests?.log.clock ?? report.power?.clock ?? "epoch";
  return { startS, endS, unit, label: `Time since ${momentText(startS, clock)} (${unit})` };
}

function momentText(timeS: number, clock: Clock): string {
  // Beyond the year 9999 it is no date, but a wrong unit.
  const isDate = (clock === "epoch" || clock === "local") && Math.abs(timeS) < 2.5e11;
  if (!isDate || timeS < 1e6) return "the start";
  const text = new Date(timeS * 1000).toISOString().replace("T", " ").slice(0, 19);
  return `${text} ${clock === "epoch" ? "UTC" : "local time"}`;
}
