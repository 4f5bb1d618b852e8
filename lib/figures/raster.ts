import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { InputError } from "../errors.ts";
import type { Figure, Look } from "./figure.ts";
import { toSvg } from "./svg.ts";

/** Options of {@linkcode toPng}. */
export interface PngOptions {
  /** Colours; default `light`. */
  readonly look?: Look;
  /** Pixels of the picture for each of the figure; default 2. */
  readonly scale?: number;
}

/**
 * A figure as a PNG picture: the SVG drawn by resvg with the DejaVu fonts, so that the same figure
 * gives the same bytes on every machine.
 *
 * @param figure The figure; it is not changed.
 * @param options Look and resolution.
 * @return The file's bytes.
 * @throws {InputError} `bad-option` when the figure contradicts itself; `unreadable` when the
 * packages with the renderer and the fonts have no files that can be read.
 *
 * @example
 * ```ts
 * import { toPng } from "@joulebook/joulebook/figures";
 * import assert from "node:assert/strict";
 *
 * const png = await toPng({
 *   title: "Energy by phase",
 *   caption: "A made-up split",
 *   origin: "generated",
 *   panels: [{
 *     x: { label: "Energy", unit: "J" },
 *     y: { label: "", unit: null, scale: "category" },
 *     marks: [{ mark: "bars", series: "", x: [120, 480], y: ["prefill", "decode"] }],
 *   }],
 * });
 * assert.deepEqual([...png.subarray(1, 4)], [80, 78, 71]);
 * ```
 */
export async function toPng(
  figure: Figure,
  options: PngOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const svg = toSvg(figure, options.look === undefined ? {} : { look: options.look });
  const fontBuffers = await renderer();
  const resvg = new Resvg(svg, {
    fitTo: { mode: "zoom", value: options.scale ?? 2 },
    font: { fontBuffers, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" },
  });
  const image = resvg.render();
  const png = new Uint8Array(image.asPng());
  image.free();
  resvg.free();
  return png;
}

let loaded: Promise<Uint8Array[]> | null = null;

/** Loads the renderer and gives its fonts; once. */
function renderer(): Promise<Uint8Array[]> {
  loaded ??= (async () => {
    const [wasm, ...fonts] = await Promise.all(
      [
        import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"),
        import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf"),
        import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf"),
      ].map(readPackageFile),
    );
    await initWasm(wasm!);
    return fonts;
  })();
  return loaded;
}

/**
 * The one place of this area that reads files: a font and a WebAssembly binary are parts of the
 * program, but Deno imports neither from an npm package as bytes.
 */
async function readPackageFile(url: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await (await fetch(url)).arrayBuffer());
  } catch (cause) {
    throw new InputError({
      code: "unreadable",
      path: url,
      problem: "the renderer of PNG pictures cannot be loaded",
      expected: "a file of an installed npm package",
      found: cause instanceof Error ? cause.message : String(cause),
      advice: 'set "nodeModulesDir": "auto" in deno.json, run deno install, and allow reading',
      cause,
    });
  }
}
