import assert from "node:assert/strict";
import fc from "fast-check";
import { encode, parse, request } from "../../scripts/notebooks/jupyter_messages.ts";
import {
  encodeCommand,
  encodeMessage,
  FrameDecoder,
  parseCommand,
  type Traffic,
} from "../../scripts/notebooks/zmtp.ts";

/** Feeds bytes to a decoder in pieces that end at the given places. */
function decodeInPieces(bytes: Uint8Array, cuts: readonly number[]): Traffic[] {
  const decoder = new FrameDecoder();
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length]
    .sort((a, b) => a - b);
  let at = 0;
  return ends.flatMap((end) => {
    const traffic = decoder.push(bytes.slice(at, end));
    at = end;
    return traffic;
  });
}

Deno.test("messages of any parts survive any cutting of the byte stream", () => {
  const part = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 250 }));
  const message = fc.array(part, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), fc.array(fc.nat()), (messages, cuts) => {
      const encoded = messages.map(encodeMessage);
      const bytes = Uint8Array.from(encoded.flatMap((piece) => [...piece]));
      const traffic = decodeInPieces(bytes, cuts);
      assert.deepEqual(
        traffic.map(({ parts }) => parts.map((p) => [...p])),
        messages.map((parts) => parts.map((p) => [...p])),
      );
      assert.ok(traffic.every(({ command }) => !command));
    }),
    { numRuns: 50 },
  );
});

Deno.test("a part of 256 bytes takes the long frame, one of 255 the short", () => {
  assert.deepEqual([...encodeMessage([new Uint8Array(255)]).subarray(0, 2)], [0, 255]);
  assert.deepEqual(
    [...encodeMessage([new Uint8Array(256)]).subarray(0, 9)],
    [2, 0, 0, 0, 0, 0, 0, 1, 0],
  );
});

Deno.test("a command is told from a message", () => {
  const body = Uint8Array.of(0, 10, 7);
  const [traffic] = new FrameDecoder().push(encodeCommand("PING", body));
  assert.equal(traffic?.command, true);
  const command = parseCommand(traffic.parts[0]!);
  assert.equal(command.name, "PING");
  assert.deepEqual([...command.body], [...body]);
});

Deno.test("a frame of absurd length is refused before anything is allocated", () => {
  const frame = Uint8Array.of(2, 0xff, 0, 0, 0, 0, 0, 0, 0);
  assert.throws(() => new FrameDecoder().push(frame), /ZMTP frame of \d+ bytes/);
});

Deno.test("a signed message comes back whole, after a topic", () => {
  const sent = request("session", "execute_request", { code: "1 + 1 // ± µ" });
  const topic = new TextEncoder().encode("stream");
  assert.deepEqual(parse([topic, ...encode(sent, "key")], "key"), sent);
});

Deno.test("a message with another key, a changed part or too few parts is refused", () => {
  const parts = encode(request("session", "execute_request", { code: "1" }), "key");
  assert.throws(() => parse(parts, "other"), /wrong signature/);
  const changed = [...parts];
  changed[5] = new TextEncoder().encode('{"code":"2"}');
  assert.throws(() => parse(changed, "key"), /wrong signature/);
  assert.throws(() => parse(parts.slice(0, 4), "key"), /parts are missing/);
});

Deno.test("the signature is the HMAC-SHA256 of the four JSON parts", () => {
  // RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
  const message = {
    header: {},
    parent_header: {},
    metadata: {},
    content: {},
  } as unknown as Parameters<typeof encode>[0];
  const signature = new TextDecoder().decode(encode(message, "Jefe")[1]);
  assert.match(signature, /^[0-9a-f]{64}$/);
  assert.notEqual(signature, new TextDecoder().decode(encode(message, "jefe")[1]));
});
