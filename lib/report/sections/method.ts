import { methodText } from "../method_text.ts";
import type { Report } from "../report.ts";
import { list, type Section } from "./section.ts";

/** Method and limits in plain words. */
export function methodSection(report: Report): Section {
  const { method, limits } = methodText(report);
  return {
    id: "method",
    title: "Method and limits",
    html: `<h3>What was done</h3>${list(method)}<h3>What it does not say</h3>${list(limits)}`,
  };
}
