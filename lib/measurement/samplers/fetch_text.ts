import { whyOf } from "../why.ts";

/** The text at an address; throws a sentence when there is none. */
export async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal, redirect: "manual" });
  } catch (error) {
    throw new Error(`${url} does not answer: ${whyOf(error)}`, { cause: error });
  }
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers with status ${response.status}`);
  return text;
}
