import { NotHere } from "./sampler.ts";

/** A GPU as its driver lists it. */
export interface ListedGpu {
  /** Index in the order of the PCI bus. */
  readonly index: number;
  /** Vendor's unique id. */
  readonly uuid: string;
  /** Product name. */
  readonly name: string;
}

/**
 * The GPUs that a run can use: those that the configuration names, or else those that
 * `CUDA_VISIBLE_DEVICES` lets a program see, or else all. CUDA stops at the first name in the
 * variable that it does not know.
 *
 * @param listed All GPUs of the machine.
 * @param wanted Indices or UUIDs from the configuration.
 * @param env Reads `CUDA_VISIBLE_DEVICES` and `CUDA_DEVICE_ORDER`.
 * @return The GPUs, in the order of the machine.
 * @throws {NotHere} When a name fits none or more than one, when none is left, for MIG slices
 *   (boards have one sensor for all), and for indices where CUDA's order is not known.
 */
export function selectGpus(
  listed: readonly ListedGpu[],
  wanted: readonly (string | number)[] | undefined,
  env: (name: string) => string | undefined,
): ListedGpu[] {
  if (wanted !== undefined) {
    const chosen = wanted.map((name) => {
      const gpu = findGpu(listed, String(name));
      if (gpu === null) throw new NotHere(`no GPU is ${name}; there are ${listOf(listed)}`);
      return gpu;
    });
    return listed.filter((gpu) => chosen.includes(gpu));
  }
  const visible = env("CUDA_VISIBLE_DEVICES");
  if (visible === undefined) return [...listed];
  const names = visible.split(",").map((name) => name.trim());
  const chosen: ListedGpu[] = [];
  for (const name of names) {
    if (name.startsWith("MIG")) {
      throw new NotHere("CUDA_VISIBLE_DEVICES names a MIG slice, whose power no sensor tells");
    }
    if (
      /^\d+$/.test(name) && env("CUDA_DEVICE_ORDER") !== "PCI_BUS_ID" &&
      new Set(listed.map((gpu) => gpu.name)).size > 1
    ) {
      throw new NotHere(
        "CUDA_VISIBLE_DEVICES gives indices, GPUs differ and CUDA may order them otherwise: " +
          "name them by UUID, or set CUDA_DEVICE_ORDER=PCI_BUS_ID",
      );
    }
    const gpu = findGpu(listed, name);
    if (gpu === null) break;
    chosen.push(gpu);
  }
  if (chosen.length === 0) {
    throw new NotHere(`CUDA_VISIBLE_DEVICES=${visible} leaves none of ${listOf(listed)}`);
  }
  return listed.filter((gpu) => chosen.includes(gpu));
}

/** A GPU by its index, its UUID or the beginning of its UUID. */
function findGpu(listed: readonly ListedGpu[], name: string): ListedGpu | null {
  const found = /^\d+$/.test(name)
    ? listed.filter(({ index }) => index === Number(name))
    : listed.filter(({ uuid }) => name !== "" && uuid.startsWith(name));
  if (found.length > 1) throw new NotHere(`more than one GPU begins with ${name}`);
  return found[0] ?? null;
}

function listOf(listed: readonly ListedGpu[]): string {
  return listed.map(({ index, uuid }) => `${index} (${uuid})`).join(", ");
}
