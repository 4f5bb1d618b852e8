import { arch, cpus, hostname, platform, release, totalmem } from "node:os";
import { clean } from "./try_request.ts";
import { whyOf } from "./why.ts";
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

/** What a server says of itself. */
export interface ServerDescription {
  /** Why it could not be asked; null when it answered. */
  readonly unreachable: string | null;
  /** Answer to the list of models. */
  readonly models: unknown;
  /** Answer to the version, which not all have. */
  readonly version: unknown;
}

/** Asks a server for its models, and for its version. */
export async function describeServer(
  endpoint: EndpointSettings,
  apiKey: string | null,
): Promise<ServerDescription> {
  let unreachable: string | null = null;
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
      unreachable = clean(whyOf(error), apiKey);
      return null;
    }
  };
  const { origin } = new URL(endpoint.url);
  const models = await ask(`${endpoint.url}/models`);
  const version = await ask(`${origin}/version`);
  return { unreachable, models, version };
}
