import type { TokenTimes } from "../requests/log.ts";

/** Token times from rows of their own, each with the number of its request. */
export function joinTokenTimes(
  length: number,
  requests: Float64Array,
  timeS: Float64Array,
): TokenTimes {
  const offsets = new Uint32Array(length + 1);
  for (const request of requests) offsets[request + 1]!++;
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
  return { offsets, timeS };
}

/**
 * Token times from a list for each request.
 *
 * @param length Requests.
 * @param list Gives the times of a request, in seconds; anything else stands for none.
 * @return All of them.
 */
export function tokenTimesOf(length: number, list: (i: number) => unknown): TokenTimes {
  const lists = Array.from({ length }, (_unused, i) => {
    const times = list(i);
    return Array.isArray(times) ? times as number[] : [];
  });
  const offsets = new Uint32Array(length + 1);
  lists.forEach((times, i) => offsets[i + 1] = offsets[i]! + times.length);
  const timeS = new Float64Array(offsets[length]!);
  lists.forEach((times, i) => timeS.set(times, offsets[i]));
  return { offsets, timeS };
}
