import { seriesFolder } from "./layout.ts";
import type { StorePart, StoreSource } from "./manifest.ts";

/** A source that cannot be in a store beside another. */
export interface Conflict {
  /** The source that is there. */
  readonly source: StoreSource;
  /** What both hold, in words. */
  readonly what: string;
}

/**
 * Sources of a store beside which another would count something twice: they hold readings of the same
 * device from the same time, or an earlier state of the same request log, windows or results.
 *
 * @param source The source that is to come.
 * @param present Those that are there.
 * @return The conflicts.
 */
export function conflictsOf(source: StoreSource, present: readonly StoreSource[]): Conflict[] {
  return present.flatMap((other) => {
    for (const part of source.parts) {
      for (const old of other.parts) {
        const what = shared(source, part, other, old);
        if (what !== null) return [{ source: other, what }];
      }
    }
    return [];
  });
}

function shared(
  source: StoreSource,
  part: StorePart,
  other: StoreSource,
  old: StorePart,
): string | null {
  if (part.kind === "series" && old.kind === "series") {
    return seriesFolder(part) === seriesFolder(old) && isTogether(part, old)
      ? `readings of ${part.device.id} from that time`
      : null;
  }
  if (part.kind !== old.kind || source.path !== other.path) return null;
  if (part.kind === "requests") return isTogether(part, old) ? "requests of that time" : null;
  return `${part.kind} of that file`;
}

/** Whether the files of two parts share time; where a time is not known, they are taken to. */
function isTogether(one: StorePart, other: StorePart): boolean {
  const [a, b] = [one, other].map(({ files }) => ({
    startS: Math.min(...files.map(({ startS }) => startS ?? -Infinity)),
    endS: Math.max(...files.map(({ endS }) => endS ?? Infinity)),
  }));
  return one.files.length > 0 && other.files.length > 0 && a!.startS <= b!.endS &&
    b!.startS <= a!.endS;
}

/** The sources of a store, so that those that a new one touches are found without looking at all. */
export class SourceIndex {
  readonly #byKey = new Map<string, Set<StoreSource>>();
  readonly #byId = new Map<string, StoreSource>();

  /**
   * Begins with what is there.
   *
   * @param sources The sources.
   */
  constructor(sources: readonly StoreSource[]) {
    for (const source of sources) this.add(source);
  }

  /** A source by its id; undefined when it is not there. */
  get(id: string): StoreSource | undefined {
    return this.#byId.get(id);
  }

  /** A source came. */
  add(source: StoreSource): void {
    this.#byId.set(source.id, source);
    for (const key of keysOf(source)) {
      this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(source));
    }
  }

  /** A source went. */
  remove(source: StoreSource): void {
    this.#byId.delete(source.id);
    for (const key of keysOf(source)) this.#byKey.get(key)?.delete(source);
  }

  /** Sources that hold a series of the same folder as another, or are of the same path. */
  near(source: StoreSource): StoreSource[] {
    return [...new Set(keysOf(source).flatMap((key) => [...this.#byKey.get(key) ?? []]))];
  }
}

function keysOf(source: StoreSource): string[] {
  return [
    `path ${source.path}`,
    ...source.parts.flatMap((part) => part.kind === "series" ? [seriesFolder(part)] : []),
  ];
}
