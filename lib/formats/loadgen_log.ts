import { InputError } from "../errors.ts";
import { forEachBlock } from "./lines.ts";
import type { ByteSource } from "./source.ts";
import { wallClockS } from "./wall_clock.ts";

/** What MLPerf's load generator wrote of a run. */
export interface LoadgenLog {
  /** Start of the measured span: seconds of the host's wall clock; NaN when it is not there. */
  readonly powerBeginS: number;
  /** End of the measured span. */
  readonly powerEndS: number;
  /** Values by key, the last one where a key comes twice; long lists are left out. */
  readonly values: ReadonlyMap<string, string | number | boolean>;
}

const opening = new TextEncoder().encode(":::MLLOG");

/**
 * Reads `mlperf_log_detail.txt`: lines of `:::MLLOG` and a JSON object. Lines that list sample
 * indices can be long; only scalar values are kept.
 *
 * @param source The log.
 * @return Its values.
 * @throws {InputError} `malformed` when no line is a log line, or one of them is broken.
 */
export async function readLoadgenLog(source: ByteSource): Promise<LoadgenLog> {
  const values = new Map<string, string | number | boolean>();
  const decoder = new TextDecoder();
  let entries = 0;
  await forEachBlock(source, ({ bytes, start, end, firstLine, unterminated }) => {
    let line = 0;
    for (let from = start; from < end;) {
      const feed = bytes.indexOf(10, from);
      const stop = feed === -1 || feed >= end ? end : feed;
      if (opening.every((byte, i) => bytes[from + i] === byte)) {
        const text = decoder.decode(
          bytes.subarray(from + opening.length, Math.min(stop, from + 400)),
        );
        entries++;
        // A value that does not end within the first bytes is a list of samples.
        const match =
          /^\s*\{"key":\s*"([^"]+)",\s*"value":\s*("(?:[^"\\]|\\.)*"|true|false|-?[\d.]+(?:[eE][+-]?\d+)?)\s*[,}]/
            .exec(text);
        if (match !== null) {
          values.set(match[1]!, JSON.parse(match[2]!) as string | number | boolean);
        } else if (
          !/^\s*\{"key":\s*"[^"]+",\s*"value":/.test(text) && !(stop === end && unterminated)
        ) {
          throw new InputError({
            code: "malformed",
            path: source.path,
            line: firstLine + line,
            problem: "this log line is broken",
            expected: ':::MLLOG {"key": ..., "value": ...}',
            found: text,
            advice: "take the log as loadgen wrote it",
          });
        }
      }
      line++;
      from = stop + 1;
    }
    return line;
  });
  if (entries === 0) {
    throw new InputError({
      code: "malformed",
      path: source.path,
      problem: "there is no :::MLLOG line in it",
      advice: "name the mlperf_log_detail.txt of the run",
    });
  }
  const moment = (key: string): number => wallClockS(String(values.get(key) ?? ""));
  return { powerBeginS: moment("power_begin"), powerEndS: moment("power_end"), values };
}
