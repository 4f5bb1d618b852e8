/**
 * A generated fleet whose truth is known: servers of eight GPUs read once a second, and requests whose
 * power has a closed form. While a request is in prefill its server draws `prefillW` above idle, while
 * it is in decode `decodeW`; requests add up. Any server and day can be made alone, from the seed.
 */

import { createRandom, type Random } from "../../lib/random.ts";
import { type SampledPower, sampledPower } from "../../lib/power/series.ts";
import { type RequestLog, requestLog } from "../../lib/requests/log.ts";

/** Size and physics of a fleet. */
export interface Fleet {
  readonly seed: number;
  readonly servers: number;
  readonly days: number;
  readonly requestsPerServerDay: number;
}

export const gpusPerServer = 8;
export const samplesPerDay = 86_400;
/** 2026-01-01T00:00:00Z. */
export const startS = 1_767_225_600;
export const physics = {
  /** Watts of an idle GPU. */
  idleW: 90,
  /** Watts of a server above idle for each request in prefill, and in decode. */
  prefillW: 2400,
  decodeW: 180,
  /** Seconds of prefill for each prompt token, and of decode for each output token. */
  prefillSPerToken: 2e-4,
  decodeSPerToken: 0.03,
};

/** A fleet of about so many readings and requests. */
export function fleetOf(samples: number, requests: number, seed = 1): Fleet {
  const deviceDays = samples / samplesPerDay;
  const days = Math.max(2, Math.round((deviceDays / 116) ** 0.7 * 2));
  const servers = Math.max(1, Math.round(deviceDays / days / gpusPerServer));
  return { seed, servers, days, requestsPerServerDay: Math.round(requests / servers / days) };
}

/** Name of a server: its host, and the replica of its requests. */
export function serverName(server: number): string {
  return `server${String(server).padStart(4, "0")}`;
}

function randomOf({ seed }: Fleet, server: number, day: number, what: number): Random {
  return createRandom(seed).fork((server * 1000 + day) * 10 + what);
}

/** Requests that a server was sent on a day. */
export function requestsOf(fleet: Fleet, server: number, day: number): RequestLog {
  const random = randomOf(fleet, server, day, 9);
  const length = fleet.requestsPerServerDay;
  const dayS = startS + day * 86_400;
  const submitS = Float64Array.from({ length }, () => dayS + random.uniform() * 86_400).sort();
  const inputTokens = submitS.map(() => Math.ceil(80 * Math.exp(2 * random.uniform() ** 2 + 1)));
  const outputTokens = submitS.map(() => Math.ceil(20 + 500 * random.uniform()));
  const firstTokenS = submitS.map((at, i) => at + inputTokens[i]! * physics.prefillSPerToken);
  return requestLog({
    submitS,
    firstTokenS,
    endS: firstTokenS.map((at, i) => at + outputTokens[i]! * physics.decodeSPerToken),
    inputTokens,
    outputTokens,
    replicas: [serverName(server)],
    ids: Array.from(submitS, (_, i) => `${serverName(server)}-${day}-${i}`),
    source: { path: `${serverName(server)}.jsonl`, format: "generated" },
  });
}

/** Joules above idle that the requests of a log cost. */
export function trueJoules(log: RequestLog): { prefillJ: number; decodeJ: number } {
  let prefillJ = 0;
  let decodeJ = 0;
  for (let i = 0; i < log.submitS.length; i++) {
    prefillJ += physics.prefillW * (log.firstTokenS[i]! - log.submitS[i]!);
    decodeJ += physics.decodeW * (log.endS[i]! - log.firstTokenS[i]!);
  }
  return { prefillJ, decodeJ };
}

/** Joules above idle of a server in each second of a day, of the requests of that day and the last. */
function workOf(fleet: Fleet, server: number, day: number): Float64Array {
  const dayS = startS + day * 86_400;
  const now = new Float64Array(samplesPerDay + 2);
  const later = new Float64Array(samplesPerDay + 2);
  const step = (timeS: number, watts: number): void => {
    const at = Math.min(samplesPerDay, Math.max(0, timeS - dayS));
    const second = Math.floor(at);
    now[second]! += watts * (second + 1 - at);
    later[second + 1]! += watts;
  };
  for (const of of day > 0 ? [day - 1, day] : [day]) {
    const log = requestsOf(fleet, server, of);
    for (let i = 0; i < log.submitS.length; i++) {
      step(log.submitS[i]!, physics.prefillW);
      step(log.firstTokenS[i]!, physics.decodeW - physics.prefillW);
      step(log.endS[i]!, -physics.decodeW);
    }
  }
  let watts = 0;
  for (let second = 0; second < samplesPerDay; second++) {
    watts += later[second]!;
    now[second]! += watts;
  }
  return now.subarray(0, samplesPerDay);
}

/** A day of one server's GPUs: means over each second, stamped at its end with a few ms of jitter. */
export function powerOf(fleet: Fleet, server: number, day: number): SampledPower[] {
  const work = workOf(fleet, server, day);
  return Array.from({ length: gpusPerServer }, (_unused, gpu) => {
    const random = randomOf(fleet, server, day, gpu);
    const timeS = new Float64Array(samplesPerDay);
    const powerW = new Float64Array(samplesPerDay);
    for (let i = 0; i < samplesPerDay; i++) {
      const noise = random.uniform();
      // Within the day, so that a day's readings lie in its files.
      timeS[i] = startS + day * 86_400 + i + 0.99 + Math.floor(noise * 8) / 1000;
      powerW[i] = Math.round(
        100 * (physics.idleW + work[i]! / gpusPerServer + 4 * ((noise * 8) % 1 - 0.5)),
      ) / 100;
    }
    return sampledPower({ timeS, powerW }, {
      device: { kind: "gpu", id: `gpu${gpu}`, host: serverName(server) },
      reading: "average",
      averagingS: 1,
      source: {
        path: serverName(server),
        format: "generated",
        column: "power.draw",
        sourceClock: "epoch",
      },
    });
  });
}
