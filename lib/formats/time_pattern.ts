import { InputError } from "../errors.ts";
import { secondsOfDate } from "./scan.ts";

/**
 * Seconds of a wall-clock time written by a pattern, such as `DD.MM.YYYY HH:mm:ss,SSS`.
 *
 * @param text The time.
 * @param pattern `YYYY`, `MM`, `DD`, `HH`, `mm`, `ss` and runs of `S` for decimals of a second;
 *   every other character stands for itself.
 * @return Seconds since 1970-01-01T00:00:00 of that wall clock; NaN when the text does not fit.
 * @throws {InputError} `bad-option` when the pattern lacks a date or an hour.
 */
export function patternTime(text: string, pattern: string): number {
  const { expression, parts } = compile(pattern);
  const match = expression.exec(text);
  if (match === null) return NaN;
  const value = (part: string): number => {
    const at = parts.indexOf(part);
    return at === -1 ? 0 : Number(match[at + 1]);
  };
  const [hour, minute, second] = [value("HH"), value("mm"), value("ss")];
  if (hour > 23 || minute > 59 || second > 60) return NaN;
  const at = parts.indexOf("S");
  const fraction = at === -1 ? 0 : Number(`0.${match[at + 1]}`);
  return secondsOfDate(value("YYYY"), value("MM"), value("DD")) + hour * 3600 + minute * 60 +
    second + fraction;
}

interface Compiled {
  readonly expression: RegExp;
  readonly parts: readonly string[];
}

const compiled = new Map<string, Compiled>();

function compile(pattern: string): Compiled {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const parts: string[] = [];
  const source = pattern.replace(/YYYY|MM|DD|HH|mm|ss|S+|[\s\S]/g, (piece) => {
    if (/^S+$/.test(piece)) {
      parts.push("S");
      return "(\\d+)";
    }
    if (piece.length > 1) {
      parts.push(piece);
      return `(\\d{${piece.length}})`;
    }
    return piece.replace(/[.*+?^${}()|[\]\\]/, "\\$&");
  });
  for (const needed of ["YYYY", "MM", "DD", "HH"]) {
    if (!parts.includes(needed)) {
      throw new InputError({
        code: "bad-option",
        problem: `the time format lacks ${needed}`,
        expected: "s, ms, us, ns, iso, or a pattern such as YYYY-MM-DD HH:mm:ss.SSS",
        found: pattern,
      });
    }
  }
  const result = { expression: new RegExp(`^${source}$`), parts };
  compiled.set(pattern, result);
  return result;
}
