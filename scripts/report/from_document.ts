import { parseAttribution, type Report } from "../../lib/report/mod.ts";
import { type Frame, originsOf } from "./from_job.ts";

/** Reports on a document of `attribute --json`. It holds no readings: the page has none either. */
export function reportOfDocument(text: string, path: string, frame: Frame): Report {
  const document = parseAttribution(text, path);
  return {
    ...frame,
    ...document,
    ...originsOf(frame, document.facts),
    power: null,
    devices: [],
    findings: null,
    notes: [],
    tables: [],
    texts: [],
  };
}
