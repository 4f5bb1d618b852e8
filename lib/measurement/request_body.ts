import type { Prompt } from "./prompts.ts";
import type { MeasureSettings } from "./settings.ts";

/**
 * The body of a request. Fields of the configuration's `endpoint.body` take the place of ours; null
 * takes a field away, for servers that do not know it.
 */
export function requestBody(
  { model, endpoint }: MeasureSettings,
  prompt: Prompt,
  outputTokens: number,
): string {
  const fields: Record<string, unknown> = {
    model,
    ...(endpoint.api === "chat" ? { messages: [{ role: "user", content: prompt }] } : { prompt }),
    max_tokens: outputTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
    ...endpoint.body,
  };
  return JSON.stringify(
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)),
  );
}
