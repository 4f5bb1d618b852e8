/** A few at once, told in order. */

/**
 * Calls a function for each item, with at most so many calls at once.
 *
 * @param items What to work on.
 * @param limit Calls at once, at least 1.
 * @param work The function.
 * @return Results in the order of the items, each once it and those before it are there. When the
 * caller stops or a call throws, no further calls start, and those that run are waited for.
 */
export async function* inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const results = items.map(() => Promise.withResolvers<R>());
  for (const { promise } of results) promise.catch(() => {}); // told below, when it is its turn
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      await work(items[i]!).then(results[i]!.resolve, results[i]!.reject);
    }
  };
  const workers = Array.from({ length: limit }, worker);
  try {
    for (const { promise } of results) yield await promise;
  } finally {
    next = items.length;
    await Promise.all(workers);
  }
}
