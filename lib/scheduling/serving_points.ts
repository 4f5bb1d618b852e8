/** What requests take at each site, from the predictor: time and energy at an operating point. */

import { InputError } from "../errors.ts";
import { findHardware } from "../hardware/find.ts";
import type { Loss } from "../losses.ts";
import type { Architecture } from "../models/architecture.ts";
import { shippedModel } from "../models/shipped.ts";
import type { IntervalFactors } from "../prediction/coefficients.ts";
import type { LatencyReached } from "../prediction/replay/latency_target.ts";
import type { ReplayOptions } from "../prediction/replay/options.ts";
import { rateFor } from "../prediction/replay/rate_for.ts";
import { type Replay, replay } from "../prediction/replay/replay.ts";
import { targetOf } from "../prediction/target.ts";
import type { RequestLog } from "../requests/log.ts";
import type { RequestClass, RequestConfig, ServedModel } from "./request_config.ts";
import { type RequestSample, requestSample } from "./request_sample.ts";

/** A class of requests on a server of a site at its operating point; modelled, not measured. */
export interface ServingPoint extends LatencyReached {
  /** Index of the site. */
  readonly site: number;
  /** Index of the server among the site's. */
  readonly server: number;
  /** Index of the class. */
  readonly jobClass: number;
  /** Requests replayed. */
  readonly requests: number;
  /** GPU seconds a request: devices x duration of the replay / requests. */
  readonly gpuS: number;
  /** Joules a request, the idle power of the server's GPUs included. */
  readonly energyJ: number;
  /** Requests a second of one server. */
  readonly requestsPerS: number;
  /** Sequences that generate at once, mean over the time in which the server computes. */
  readonly meanBatch: number;
  /** Share of the time in which the server computes. */
  readonly utilisation: number;
  /** Factors by which time, power and energy of one step reach above and below at 90 %. */
  readonly stepIntervals: IntervalFactors;
}

/** A server that a class cannot use, and why. */
export interface ServingRefusal {
  /** Index of the site. */
  readonly site: number;
  /** Index of the server among the site's. */
  readonly server: number;
  /** Index of the class. */
  readonly jobClass: number;
  /** The reason in words. */
  readonly reason: string;
}

/** What requests take at all sites. */
export interface Serving {
  /** Tells what kind of figures these are. */
  readonly kind: "modelled";
  /** Operating points, by site, class and server. */
  readonly points: readonly ServingPoint[];
  /** Servers that do not suit a class. */
  readonly refused: readonly ServingRefusal[];
  /** Requests of each class: mean tokens, origin and what was left out. */
  readonly classes: readonly Omit<RequestSample, "log">[];
  /** Power of an idle GPU of each site, W. */
  readonly idleW: readonly number[];
  /** What the predictor warns of, each once. */
  readonly warnings: readonly string[];
}

/** Where logs and models come from. */
export interface ServingSources {
  /** Gives the log of a trace that the configuration names. Default: none, all are generated. */
  readonly log?: (path: string) => RequestLog;
  /** Gives a model by the name in the configuration. Default: the shipped ones. */
  readonly model?: (name: string) => Architecture;
}

/**
 * Predicts what a request of each class takes at each site, by replaying the class's requests on one
 * server of each kind.
 *
 * A class with latency bounds is replayed at the highest rate at which a server keeps them (the bound on
 * TTFT less the network's round trip): the batch is then what that rate makes it. A class without bounds
 * is handed to the server all at once, so that the batch is what memory and limits allow. The seconds
 * and joules of the whole replay are divided by its requests, so that the scheduler charges for
 * these requests exactly what the replay took. It assumes that a site packs its requests on as few
 * servers as keep the bounds, that a server that is not needed idles with its weights loaded, and that
 * changing from one model to another takes nothing. A site that spreads the same requests over twice the
 * servers takes a third to a half more (datasets/scheduling/README.md).
 *
 * A server does not suit a class when its weights do not fit, when a request alone misses a bound, or
 * when a request of the sample is too long for its memory or model; that is told, not hidden.
 *
 * @param config A configuration of requests.
 * @param sources Logs and models.
 * @return Operating points.
 * @throws InputError for unknown hardware or models and unusable logs.
 */
export function servingPoints(config: RequestConfig, sources: ServingSources = {}): Serving {
  const { model = shippedModel } = sources;
  const samples = config.classes.map(({ requests }) =>
    requestSample(requests, requests.trace === undefined ? undefined : sources.log!(requests.trace))
  );
  const points: ServingPoint[] = [];
  const refused: ServingRefusal[] = [];
  const warnings = new Set<string>();
  const models = new Map<string, Architecture>();
  const modelOf = (name: string): Architecture => {
    const known = models.get(name) ?? model(name);
    models.set(name, known);
    return known;
  };
  // Sites with the same GPUs and servers share their replays.
  const done = new Map<string, Replay | string>();
  const idleW = config.sites.map((site, s) => {
    const hardware = findHardware(site.hardware);
    const target = targetOf(hardware);
    config.classes.forEach((item, c) =>
      site.servers.forEach((server, o) => {
        const { name: _name, quality: _quality, ...kind } = server;
        const key = JSON.stringify([hardware.id, kind, c]);
        const run = done.get(key) ??
          runOf(item, samples[c]!.log, modelOf(server.model), hardware, server, roundTrip(config));
        done.set(key, run);
        const at = { site: s, server: o, jobClass: c };
        if (typeof run === "string") refused.push({ ...at, reason: run });
        else {
          points.push({ ...at, ...pointOf(run) });
          for (const warning of run.warnings) {
            warnings.add(warning.includes(hardware.id) ? warning : `${hardware.id}: ${warning}`);
          }
        }
      })
    );
    return target.idleW(target.maxMhz);
  });
  return {
    kind: "modelled",
    points,
    refused,
    classes: samples.map(({ log: _log, ...sample }) => sample),
    idleW,
    warnings: [...warnings],
  };
}

function roundTrip(config: RequestConfig): number {
  return config.sites.length > 1 ? config.transfer.roundTripS : 0;
}

/** The replay at the operating point, or why there is none. */
function runOf(
  { latency }: RequestClass,
  log: RequestLog,
  model: Architecture,
  hardware: ReturnType<typeof findHardware>,
  { tensorParallel, precision, maxSequences, maxTokens }: ServedModel,
  roundTripS: number,
): Replay | string {
  const options: ReplayOptions = {
    tensorParallel,
    scheduler: { maxSequences, maxTokens },
    ...(precision !== undefined && { precision }),
  };
  const { ttftS, tpotS } = latency ?? {};
  let run: Replay;
  try {
    if (ttftS === undefined && tpotS === undefined) {
      run = replay(
        { ...log, submitS: new Float64Array(log.submitS.length) },
        model,
        hardware,
        options,
      );
    } else {
      if (ttftS !== undefined && ttftS <= roundTripS) return "the round trip alone misses the TTFT";
      const search = rateFor(log, model, hardware, {
        ...(ttftS !== undefined && { ttftS: ttftS - roundTripS }),
        ...(tpotS !== undefined && { tpotS }),
      }, options);
      if (search.rateScale === null) {
        const { unloaded } = search;
        return `a request alone has a TTFT of ${unloaded.ttftS.toFixed(3)} s and a TPOT of ` +
          `${(1000 * unloaded.tpotS).toFixed(1)} ms`;
      }
      run = search.run;
    }
  } catch (error) {
    // Weights or requests that do not fit are an answer, not a fault of the configuration.
    if (error instanceof InputError && error.code === "refused") return error.problem;
    throw error;
  }
  const lost = run.rejected.reduce((sum, { count }) => sum + count, 0);
  return lost === 0 ? run : `${lost} of ${log.submitS.length} requests: ${reasons(run.rejected)}`;
}

function reasons(losses: readonly Loss[]): string {
  return losses.map(({ reason, count }) => `${count} ${reason}`).join(", ");
}

function pointOf(run: Replay): Omit<ServingPoint, "site" | "server" | "jobClass"> {
  const { completed, devices, durationS, energyJ } = run;
  const { ttftS, tpotS } = run.latency;
  return {
    requests: completed,
    gpuS: devices * durationS / completed,
    energyJ: energyJ / completed,
    requestsPerS: run.requestsPerS,
    meanBatch: run.meanBatch,
    utilisation: run.utilisation,
    stepIntervals: run.stepIntervals,
    ttftS: ttftS.percentiles["p95"] ?? NaN,
    tpotS: tpotS.percentiles["p95"] ?? NaN,
  };
}
