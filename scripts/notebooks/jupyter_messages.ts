/** Messages of the Jupyter protocol 5.3 on the wire: signed, encoded, parsed and verified. */

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** What a message says of itself. */
export interface Header {
  /** Unique name of the message; replies and outputs carry it as their parent. */
  readonly msg_id: string;
  /** Name of the conversation. */
  readonly session: string;
  /** Kind of message, such as `execute_request`. */
  readonly msg_type: string;
  /** Who sent it. */
  readonly username: string;
  /** When, in ISO 8601. */
  readonly date: string;
  /** Protocol version. */
  readonly version: string;
}

/** A message. */
export interface Message {
  /** Its own header. */
  readonly header: Header;
  /** Header of the request that it answers, empty when it answers none. */
  readonly parent_header: Partial<Header>;
  /** Extra facts; unused here. */
  readonly metadata: Record<string, unknown>;
  /** What it says; its shape depends on the kind of message. */
  readonly content: Record<string, unknown>;
}

const delimiter = "<IDS|MSG>";

/** A new request. */
export function request(
  session: string,
  msgType: string,
  content: Record<string, unknown>,
): Message {
  return {
    header: {
      msg_id: randomUUID(),
      session,
      msg_type: msgType,
      username: "joulebook",
      date: new Date().toISOString(),
      version: "5.3",
    },
    parent_header: {},
    metadata: {},
    content,
  };
}

/**
 * A message as ZMTP parts: delimiter, signature, then header, parent, metadata and content.
 *
 * @param message The message.
 * @param key The connection's key; the signature is the HMAC-SHA256 of the four JSON parts.
 */
export function encode(message: Message, key: string): Uint8Array[] {
  const encoder = new TextEncoder();
  const parts = [message.header, message.parent_header, message.metadata, message.content]
    .map((part) => encoder.encode(JSON.stringify(part)));
  return [encoder.encode(delimiter), encoder.encode(sign(parts, key)), ...parts];
}

/**
 * A message from ZMTP parts; whatever stands before the delimiter (a topic, identities) is skipped.
 *
 * @throws {Error} When parts are missing, the signature is wrong or the JSON is not an object.
 */
export function parse(parts: readonly Uint8Array[], key: string): Message {
  const decoder = new TextDecoder();
  const start = parts.findIndex((part) => decoder.decode(part) === delimiter);
  const signature = parts[start + 1];
  const body = parts.slice(start + 2, start + 6);
  if (start < 0 || signature === undefined || body.length < 4) {
    throw new Error("not a Jupyter message: parts are missing");
  }
  const expected = new TextEncoder().encode(sign(body, key));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw new Error("Jupyter message with a wrong signature");
  }
  const [header, parent_header, metadata, content] = body.map((part) =>
    JSON.parse(decoder.decode(part)) ?? {}
  );
  return { header, parent_header, metadata, content };
}

function sign(parts: readonly Uint8Array[], key: string): string {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}
