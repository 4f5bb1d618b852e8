import { arch, cpus, hostname, platform, release, totalmem } from "node:os";
import { clean } from "./try_request.ts";
import { runCommand } from "./run_command.ts";
import type { EndpointSettings } from "./settings.ts";

/** What is asked of each GPU, at the start and around each cell. */
const gpuFields = [
  "index",
  "uuid",
  "name",
  "driver_version",
  "vbios_version",
  "power.limit",
  "enforced.power.limit",
  "clocks.sm",
  "clocks.mem",
  "clocks.max.sm",
  "temperature.gpu",
  "pstate",
  "persistence_mode",
  "mig.mode.current",
] as const;

/** Describes this machine: system, processor, memory, versions. */
export function describeMachine(): Record<string, unknown> {
  return {
    host: hostname(),
    system: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model ?? null,
    logicalProcessors: cpus().length,
    memoryBytes: totalmem(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
  };
}

/** State of the NVIDIA GPUs as nvidia-smi prints it; null with a reason when it cannot. */
export async function describeGpus(): Promise<
  { readonly gpus: Record<string, string>[] | null; readonly reason: string | null }
> {
  const said = await runCommand(
    ["nvidia-smi", `--query-gpu=${gpuFields.join(",")}`, "--format=csv,noheader"],
    10,
  );
  if (!said.ok) return { gpus: null, reason: said.complaint };
  const gpus = said.out.trim().split("\n").filter((line) => line !== "").map((line) => {
    const cells = line.split(",").map((cell) => cell.trim());
    return Object.fromEntries(gpuFields.map((field, i) => [field, cells[i] ?? ""]));
  });
  return { gpus, reason: null };
}

/** What the server says of itself: its models, and its version where it has an address for that. */
export async function describeServer(
  endpoint: EndpointSettings,
  apiKey: string | null,
): Promise<Record<string, unknown>> {
  const ask = async (url: string): Promise<unknown> => {
    try {
      const response = await fetch(url, {
        headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
        redirect: "manual",
        signal: AbortSignal.timeout(10_000),
      });
      const text = (await response.text()).slice(0, 10_000);
      if (!response.ok) return { status: response.status };
      return {
        status: response.status,
        server: response.headers.get("server"),
        text: clean(text, apiKey),
      };
    } catch (error) {
      return { unreachable: clean(error instanceof Error ? error.message : String(error), apiKey) };
    }
  };
  const { origin } = new URL(endpoint.url);
  return {
    models: await ask(`${endpoint.url}/models`),
    version: await ask(`${origin}/version`),
  };
}
