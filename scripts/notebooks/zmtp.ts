/**
 * Just enough of ZMTP 3 (rfc.zeromq.org/spec/23 and /37) to talk to a Jupyter kernel: NULL
 * mechanism, TCP, the client end of DEALER and SUB sockets.
 */

/** A part of a message longer than this is a broken stream, not a notebook's output. */
const maxFrameBytes = 1 << 30;

const flagMore = 1;
const flagLong = 2;
const flagCommand = 4;

/** One thing read from the wire: a whole message, or a protocol command. */
export interface Traffic {
  /** Whether it is a command (READY, ERROR, PING) and not a message. */
  readonly command: boolean;
  /** Its parts; a command has one. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
}

/** A message as bytes: one frame for each part. */
export function encodeMessage(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(
    parts.map((part, i) => encodeFrame(part, i < parts.length - 1 ? flagMore : 0)),
  );
}

/** A protocol command as bytes. */
export function encodeCommand(name: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const ascii = new TextEncoder().encode(name);
  return encodeFrame(concat([Uint8Array.of(ascii.length), ascii, body]), flagCommand);
}

/** Name and body of a protocol command. */
export function parseCommand(part: Uint8Array): { name: string; body: Uint8Array } {
  const length = part[0] ?? 0;
  return {
    name: new TextDecoder().decode(part.subarray(1, 1 + length)),
    body: part.subarray(1 + length),
  };
}

function encodeFrame(body: Uint8Array, flags: number): Uint8Array<ArrayBuffer> {
  if (body.length < 256) return concat([Uint8Array.of(flags, body.length), body]);
  const head = new DataView(new ArrayBuffer(9));
  head.setUint8(0, flags | flagLong);
  head.setBigUint64(1, BigInt(body.length));
  return concat([new Uint8Array(head.buffer), body]);
}

/** Cuts a byte stream, given in pieces of any size, into messages and commands. */
export class FrameDecoder {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #wanted = 2;
  #parts: Uint8Array<ArrayBuffer>[] = [];

  /**
   * Takes the next piece and gives back what it completes.
   *
   * @param piece Bytes as they arrived; kept until used, so not to be written to again.
   * @return Whole messages and commands, in order.
   */
  push(piece: Uint8Array): Traffic[] {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    const done: Traffic[] = [];
    // Joining only when a whole frame is there keeps a large picture from being copied per piece.
    while (this.#bytes >= this.#wanted) {
      const joined = this.#pieces.length === 1 ? this.#pieces[0]! : concat(this.#pieces);
      const used = this.#takeFrame(joined, done);
      this.#pieces = used < joined.length ? [joined.subarray(used)] : [];
      this.#bytes = joined.length - used;
    }
    return done;
  }

  /** Reads one frame from the front; sets how many bytes the next attempt needs. */
  #takeFrame(bytes: Uint8Array, done: Traffic[]): number {
    const flags = bytes[0]!;
    const long = (flags & flagLong) !== 0;
    const head = long ? 9 : 2;
    if (bytes.length < head) {
      this.#wanted = head;
      return 0;
    }
    const length = long
      ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(1))
      : bytes[1]!;
    if (length > maxFrameBytes) throw new Error(`ZMTP frame of ${length} bytes`);
    if (bytes.length < head + length) {
      this.#wanted = head + length;
      return 0;
    }
    this.#wanted = 2;
    const body = bytes.slice(head, head + length);
    if ((flags & flagCommand) !== 0) {
      done.push({ command: true, parts: [body] });
    } else {
      this.#parts.push(body);
      if ((flags & flagMore) === 0) {
        done.push({ command: false, parts: this.#parts });
        this.#parts = [];
      }
    }
    return head + length;
  }
}

/** The 64 bytes that open a connection: signature, version 3.0, NULL mechanism, client. */
function greeting(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
  bytes.set(new TextEncoder().encode("NULL"), 12);
  return bytes;
}

function metadata(properties: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return concat(
    Object.entries(properties).map(([name, value]) => {
      const key = encoder.encode(name);
      const text = encoder.encode(value);
      const size = new DataView(new ArrayBuffer(4));
      size.setUint32(0, text.length);
      return concat([Uint8Array.of(key.length), key, new Uint8Array(size.buffer), text]);
    }),
  );
}

/** One connected socket. */
export class ZmtpSocket {
  readonly #conn: Deno.TcpConn;
  readonly #decoder: FrameDecoder;
  readonly #early: Traffic[];
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(conn: Deno.TcpConn, decoder: FrameDecoder, early: Traffic[]) {
    this.#conn = conn;
    this.#decoder = decoder;
    this.#early = early;
  }

  /**
   * Connects to a socket that a peer has bound on this machine, and shakes hands.
   *
   * @param port TCP port on 127.0.0.1.
   * @param type What this end is.
   * @return The socket; a SUB socket is subscribed to everything.
   */
  static async connect(port: number, type: "DEALER" | "SUB"): Promise<ZmtpSocket> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    try {
      // Nagle's algorithm against delayed acknowledgements costs 40 ms a message on loopback.
      conn.setNoDelay(true);
      await writeAll(conn, greeting());
      const peer = await readExactly(conn, 64);
      if (peer[0] !== 0xff || peer[9] !== 0x7f || (peer[10] ?? 0) < 3) {
        throw new Error(`port ${port} does not speak ZMTP 3`);
      }
      const mechanism = new TextDecoder().decode(peer.subarray(12, 32)).replace(/\0+$/, "");
      if (mechanism !== "NULL") throw new Error(`ZMTP mechanism ${mechanism}, expected NULL`);
      await writeAll(
        conn,
        encodeCommand("READY", metadata({ "Socket-Type": type, "Identity": "" })),
      );
      const decoder = new FrameDecoder();
      const early: Traffic[] = [];
      while (early.length === 0) early.push(...decoder.push(await readSome(conn)));
      const first = early.shift()!;
      const command = parseCommand(first.parts[0]!);
      if (!first.command || command.name !== "READY") {
        throw new Error(`ZMTP handshake on port ${port}: expected READY, found ${command.name}`);
      }
      const socket = new ZmtpSocket(conn, decoder, early);
      // The version 3.0 form of a subscription, which later peers take too: 1, then the prefix.
      if (type === "SUB") await socket.send([Uint8Array.of(1)]);
      return socket;
    } catch (error) {
      conn.close();
      throw error;
    }
  }

  /** Sends one message; calls may overlap and keep their order. */
  send(parts: readonly Uint8Array[]): Promise<void> {
    return this.#write(encodeMessage(parts));
  }

  /** Messages as they arrive, until either end closes. */
  async *messages(): AsyncGenerator<readonly Uint8Array<ArrayBuffer>[]> {
    let arrived = this.#early;
    while (true) {
      for (const traffic of arrived) {
        if (!traffic.command) yield traffic.parts;
        else await this.#answer(traffic.parts[0]!);
      }
      let bytes: Uint8Array;
      try {
        bytes = await readSome(this.#conn);
      } catch {
        return; // closed by this end, by the peer, or by the peer's death: the caller knows which
      }
      arrived = this.#decoder.push(bytes);
    }
  }

  /** Closes the connection. */
  close(): void {
    try {
      this.#conn.close();
    } catch {
      // already closed
    }
  }

  async #answer(part: Uint8Array): Promise<void> {
    const { name, body } = parseCommand(part);
    // A version 3.1 peer may ask for a sign of life: two bytes of time to live, then a context.
    if (name === "PING") await this.#write(encodeCommand("PONG", body.subarray(2)));
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const turn = this.#writing.then(() => writeAll(this.#conn, bytes));
    this.#writing = turn.catch(() => {});
    await turn;
  }
}

async function writeAll(conn: Deno.TcpConn, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

async function readSome(conn: Deno.TcpConn): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(64 * 1024);
  const n = await conn.read(buffer);
  if (n === null) throw new Error("ZMTP peer closed the connection");
  return buffer.subarray(0, n);
}

async function readExactly(
  conn: Deno.TcpConn,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const n = await conn.read(buffer.subarray(at));
    if (n === null) throw new Error("ZMTP peer closed the connection during its greeting");
    at += n;
  }
  return buffer;
}

function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
