import type { EnergyInterval } from "../batched_result.ts";
import type { RequestReason } from "../equal_share.ts";
import type { AttributionWarning } from "../warning.ts";
import { reasonCodes, type RequestPieces, type StretchEnergies } from "./divide_stretch.ts";

/** Energies that add up. */
export interface EnergySums {
  /** Energy measured, in joules. */
  readonly totalJ: number;
  /** Idle power times the time measured. */
  readonly idleJ: number;
  /** Energy above idle that belongs to no request that the trace covers whole. */
  readonly unattributedJ: number;
  /** Energy above idle up to first tokens, all requests. */
  readonly prefill: EnergyInterval;
  /** Energy above idle behind first tokens, all requests. */
  readonly decode: EnergyInterval;
  /** |idle + unattributed + prefill + decode - total| / total. */
  readonly conservationError: number;
  /** Requests with an energy. */
  readonly attributed: number;
  /** Requests without one, by reason. */
  readonly uncovered: Readonly<Record<string, number>>;
  /** Seconds in which energy was measured. */
  readonly measuredS: number;
  /** Readings. */
  readonly readings: number;
}

/** One request, its pieces added up. */
export interface MergedRequest extends EnergyInterval {
  /** Its name. */
  readonly id: string;
  /** The server that answered it. */
  readonly server: string;
  /** When it was sent, in seconds on the log's clock. */
  readonly submitS: number;
  /** When its last token came. */
  readonly endS: number;
  /** Joules up to its first token. */
  readonly prefillJ: number;
  /** Joules behind it. */
  readonly decodeJ: number;
  /** Stretches that it lies in. */
  readonly pieces: number;
  /** Why it has no energy; its fields are NaN then. */
  readonly reason: RequestReason | null;
}

/** A kind of doubt. */
export interface CountedWarning {
  /** The worst of them. */
  readonly warning: AttributionWarning;
  /** In how many stretches there is one. */
  readonly stretches: number;
}

/** Counts doubts of many stretches by their kind. */
export class WarningTally {
  readonly #byCode = new Map<string, CountedWarning>();

  /** A stretch has a doubt. */
  add(warning: AttributionWarning): void {
    const before = this.#byCode.get(warning.code);
    this.#byCode.set(warning.code, {
      warning: before === undefined || warning.value > before.warning.value
        ? warning
        : before.warning,
      stretches: (before?.stretches ?? 0) + 1,
    });
  }

  /** The kinds, in the order in which they came. */
  get list(): CountedWarning[] {
    return [...this.#byCode.values()];
  }
}

interface Open {
  readonly id: string;
  readonly submitS: number;
  readonly endS: number;
  prefillJ: number;
  decodeJ: number;
  halfJ: number;
  reason: number;
  pieces: number;
}

/**
 * Adds up the stretches of a server in the order of time. A request that reaches over edges is
 * counted once, when its last piece has come; if any piece is not covered, none of it is attributed.
 */
export class StretchMerger {
  readonly #server: string;
  readonly #open = new Map<string, Open>();
  readonly #uncovered = new Map<string, number>();
  readonly #warnings: WarningTally;
  #totalJ = 0;
  #idleJ = 0;
  #unattributedJ = 0;
  #prefillJ = 0;
  #decodeJ = 0;
  #prefillHalfJ = 0;
  #decodeHalfJ = 0;
  #attributed = 0;
  #measuredS = 0;
  #readings = 0;

  /**
   * Begins with nothing.
   *
   * @param server Name of the server.
   * @param warnings Where doubts are counted.
   */
  constructor(server: string, warnings: WarningTally = new WarningTally()) {
    this.#server = server;
    this.#warnings = warnings;
  }

  /**
   * Adds the next stretch.
   *
   * @param stretch Its energies.
   * @return The requests whose last piece it holds.
   */
  add(stretch: StretchEnergies): MergedRequest[] {
    this.#totalJ += stretch.totalJ;
    this.#idleJ += stretch.idleJ;
    this.#unattributedJ += stretch.unattributedJ;
    // The costs are the same in all stretches, and so are their errors: widths add up.
    this.#prefillHalfJ += stretch.prefillHalfJ;
    this.#decodeHalfJ += stretch.decodeHalfJ;
    this.#measuredS += stretch.measuredS;
    this.#readings += stretch.readings;
    for (const warning of stretch.warnings) this.#warnings.add(warning);
    const { pieces } = stretch;
    const ended: MergedRequest[] = [];
    const before = new Map(this.#open);
    this.#open.clear();
    for (let k = 0; k < pieces.ids.length; k++) {
      const key = `${pieces.submitS[k]} ${pieces.ids[k]}`;
      const open = before.get(key) ?? opened(pieces, k);
      before.delete(key);
      addPiece(open, pieces, k);
      if (pieces.goesOn[k] === 1) this.#open.set(key, open);
      else ended.push(this.#end(open));
    }
    // The next stretch saw nothing of them: a stretch is missing, or they ended on the edge.
    for (const open of before.values()) ended.push(this.#end(open));
    return ended;
  }

  /** Ends the server: requests that go on behind its last stretch are not covered. */
  end(): MergedRequest[] {
    const ended = [...this.#open.values()].map((open) =>
      this.#end({ ...open, reason: open.reason || reasonCodes.indexOf("edges-not-bracketed") })
    );
    this.#open.clear();
    return ended;
  }

  /** What has been added so far. */
  get sums(): EnergySums {
    const totalJ = this.#totalJ;
    const whole = this.#idleJ + this.#unattributedJ + this.#prefillJ + this.#decodeJ;
    return {
      totalJ,
      idleJ: this.#idleJ,
      unattributedJ: this.#unattributedJ,
      prefill: intervalOf(this.#prefillJ, this.#prefillHalfJ),
      decode: intervalOf(this.#decodeJ, this.#decodeHalfJ),
      conservationError: Math.abs(whole - totalJ) / Math.max(1e-300, Math.abs(totalJ)),
      attributed: this.#attributed,
      uncovered: Object.fromEntries(this.#uncovered),
      measuredS: this.#measuredS,
      readings: this.#readings,
    };
  }

  #end(open: Open): MergedRequest {
    const { id, submitS, endS, prefillJ, decodeJ, pieces } = open;
    const reason = reasonCodes[open.reason]!;
    const known = { id, server: this.#server, submitS, endS, pieces, reason };
    if (reason !== null) {
      this.#unattributedJ += prefillJ + decodeJ;
      this.#uncovered.set(reason, (this.#uncovered.get(reason) ?? 0) + 1);
      return { ...known, prefillJ: NaN, decodeJ: NaN, energyJ: NaN, lowJ: NaN, highJ: NaN };
    }
    this.#prefillJ += prefillJ;
    this.#decodeJ += decodeJ;
    this.#attributed++;
    return { ...known, prefillJ, decodeJ, ...intervalOf(prefillJ + decodeJ, open.halfJ) };
  }
}

function opened(pieces: RequestPieces, k: number): Open {
  return {
    id: pieces.ids[k]!,
    submitS: pieces.submitS[k]!,
    endS: pieces.endS[k]!,
    prefillJ: 0,
    decodeJ: 0,
    halfJ: 0,
    reason: 0,
    pieces: 0,
  };
}

function addPiece(open: Open, pieces: RequestPieces, k: number): void {
  open.prefillJ += pieces.prefillJ[k]!;
  open.decodeJ += pieces.decodeJ[k]!;
  open.halfJ += pieces.halfJ[k]!;
  if (open.reason === 0) open.reason = pieces.reason[k]!;
  open.pieces++;
}

/**
 * An energy with a half width.
 *
 * @param energyJ Joules.
 * @param halfJ Half width; NaN when there is no interval.
 */
export function intervalOf(energyJ: number, halfJ: number): EnergyInterval {
  return {
    energyJ,
    lowJ: Number.isNaN(halfJ) ? NaN : Math.max(0, energyJ - halfJ),
    highJ: energyJ + halfJ,
  };
}

/**
 * The sums of several servers, added in their order. Widths of servers whose costs were fitted
 * together add up.
 *
 * @param servers Sums of each.
 * @return Sums of all.
 */
export function addSums(servers: readonly EnergySums[]): EnergySums {
  const sum = (value: (one: EnergySums) => number): number =>
    servers.reduce((total, one) => total + value(one), 0);
  const totalJ = sum((one) => one.totalJ);
  const idleJ = sum((one) => one.idleJ);
  const unattributedJ = sum((one) => one.unattributedJ);
  const prefillJ = sum((one) => one.prefill.energyJ);
  const decodeJ = sum((one) => one.decode.energyJ);
  const uncovered: Record<string, number> = {};
  for (const one of servers) {
    for (const [reason, count] of Object.entries(one.uncovered)) {
      uncovered[reason] = (uncovered[reason] ?? 0) + count;
    }
  }
  return {
    totalJ,
    idleJ,
    unattributedJ,
    prefill: intervalOf(prefillJ, sum((one) => one.prefill.highJ) - prefillJ),
    decode: intervalOf(decodeJ, sum((one) => one.decode.highJ) - decodeJ),
    conservationError: Math.abs(idleJ + unattributedJ + prefillJ + decodeJ - totalJ) /
      Math.max(1e-300, Math.abs(totalJ)),
    attributed: sum((one) => one.attributed),
    uncovered,
    measuredS: sum((one) => one.measuredS),
    readings: sum((one) => one.readings),
  };
}
