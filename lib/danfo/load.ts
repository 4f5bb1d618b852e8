import { InputError } from "../errors.ts";
import type { DanfoModule, DataFrame } from "./data_frame.ts";

/**
 * The one build of danfo.js that runs under Deno: newer versions need a package that no registry
 * has, and the other builds need Node's native TensorFlow or a browser.
 */
export const danfoSpecifier = "npm:danfojs@1.1.2/dist/danfojs-base/index.js";

/**
 * Loads danfo.js. It is fetched at the first call (about 350 MB with its dependencies) and belongs
 * to nothing else in Joulebook.
 *
 * @return The module: `DataFrame`, `Series`, `concat`, `merge` and the rest of danfo.js.
 * @throws {InputError} `not-found` when it cannot be loaded.
 */
export async function loadDanfo<Frame extends DataFrame = DataFrame>(): Promise<
  DanfoModule<Frame>
> {
  // Not written into the import: it would be fetched with everything else, by everybody.
  const specifier = danfoSpecifier;
  try {
    return await import(specifier) as DanfoModule<Frame>;
  } catch (cause) {
    throw new InputError({
      code: "not-found",
      path: danfoSpecifier,
      problem: "danfo.js cannot be loaded",
      advice: "run once where the npm registry can be reached; it is then kept",
      cause,
    });
  }
}
