// deno-lint-ignore-file no-console
/**
 * The test suite: unit, property and fixture tests, and every example in the documentation.
 * Arguments are passed on to `deno test`. The last line is the runner's own count.
 */

const args = Deno.args.length > 0 ? Deno.args : ["mod.ts", "lib", "tests"];
const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--doc", "--parallel", "--no-prompt", "--quiet", ...args],
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
  env: { NO_COLOR: "1", DENO_JOBS: Deno.env.get("DENO_JOBS") ?? "2" },
}).spawn();

// Only failures, ignored tests and the summary are worth reading among a thousand lines of `ok`.
let tail = "";
let pending = "";
const decoder = new TextDecoder();
for await (const chunk of child.stdout) {
  const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
  pending = lines.pop()!;
  for (const line of lines) {
    tail = (tail + "\n" + line).slice(-2000);
    if (!/ \.\.\. (ok|ignored) \(|^running \d+ tests? from |^$|^Check /.test(line)) {
      console.log(line);
    }
  }
}
if (pending !== "") {
  tail += `\n${pending}`;
  console.log(pending);
}
const { code } = await child.status;
const summary = /(\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?:[^|\n]*)(?: \| (\d+) ignored)?/
  .exec(tail);
if (summary === null) {
  console.error("the test runner ended without a summary");
  Deno.exit(code === 0 ? 1 : code);
}
const [, passed, failed, ignored = "0"] = summary;
if (Number(ignored) > 0) {
  console.log(
    `${ignored} tests were skipped: they need JOULEBOOK_MIRROR or a program that is absent`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(code);
