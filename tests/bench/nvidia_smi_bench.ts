// deno-lint-ignore-file no-console
/**
 * How fast an nvidia-smi log is read, and in how much memory: a generated file of 100 MB read into
 * columns (target 300 MB/s on one core), and one of 1 GB summed up (target under 400 MB at peak).
 */

import { createRandom } from "../../lib/random.ts";
import { measureModule } from "./whole_process.ts";

/** Writes a generated log of about a size: one GPU, ten rows a second. */
async function writeLog(path: string, bytes: number): Promise<number> {
  const random = createRandom(1);
  const watts = Array.from({ length: 9973 }, () => (50 + 650 * random.uniform()).toFixed(2));
  const file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  const encoder = new TextEncoder();
  let written = 0;
  let row = 0;
  let text = "timestamp, index, power.draw [W], utilization.gpu [%], utilization.memory [%]\n";
  const startMs = Date.UTC(2026, 0, 1);
  while (written < bytes) {
    for (let i = 0; i < 50_000; i++, row++) {
      const stamp = new Date(startMs + row * 100).toISOString();
      text += `${stamp.slice(0, 4)}/${stamp.slice(5, 7)}/${stamp.slice(8, 10)} ` +
        `${stamp.slice(11, 23)}, 0, ${watts[row % 9973]} W, 100 %, 43 %\n`;
    }
    const part = encoder.encode(text);
    text = "";
    await writer.write(part);
    written += part.length;
  }
  await writer.close();
  return written;
}

const path = await Deno.makeTempFile({ suffix: ".csv" });
const formats = new URL("../../lib/formats/mod.ts", import.meta.url).href;
try {
  const small = await writeLog(path, 100e6);
  const read = await measureModule(
    `import { readInput } from "${formats}";
const start = performance.now();
const { series } = await readInput(${JSON.stringify(path)});
console.log("read-s " + (performance.now() - start) / 1000, series[0].timeS.length);`,
    5,
  );
  const seconds = Number(/read-s ([\d.]+)/.exec(read.output)![1]);
  console.log(
    `read 100 MB into columns   ${(small / 1e6 / read.wallS).toFixed(0)} MB/s whole process, ` +
      `${(small / 1e6 / seconds).toFixed(0)} MB/s reading alone, peak ${read.peakMb.toFixed(0)} MB`,
  );
  const large = await writeLog(path, 1e9);
  const inspect = await measureModule(
    `import { inspectInput } from "${formats}";
console.log((await inspectInput(${JSON.stringify(path)})).samples);`,
  );
  console.log(
    `inspect 1 GB as a stream   ${(large / 1e6 / inspect.wallS).toFixed(0)} MB/s whole process, ` +
      `peak ${inspect.peakMb.toFixed(0)} MB`,
  );
} finally {
  await Deno.remove(path);
}
