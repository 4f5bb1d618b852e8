/**
 * The lines of a server-sent event stream, whatever pieces the bytes come in: a line, a character or
 * a line end may be split between two pieces. Each `data:` field is taken as one event, which is how
 * OpenAI-compatible servers write them; other fields and comments are passed over.
 */
export class EventStream {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /**
   * Takes a piece of the stream.
   *
   * @param piece The bytes.
   * @param onData Called with the value of each whole `data:` field.
   */
  push(piece: Uint8Array, onData: (data: string) => void): void {
    this.#lines(this.#rest + this.#decoder.decode(piece, { stream: true }), onData);
  }

  /** The stream is over: takes a last line without an end. */
  end(onData: (data: string) => void): void {
    this.#lines(`${this.#rest}${this.#decoder.decode()}\n`, onData);
  }

  #lines(text: string, onData: (data: string) => void): void {
    let from = 0;
    for (let feed = text.indexOf("\n"); feed !== -1; feed = text.indexOf("\n", from)) {
      // A carriage return alone ends a line as well, but inside JSON it would be escaped.
      const stop = feed > from && text.charCodeAt(feed - 1) === 13 ? feed - 1 : feed;
      if (text.startsWith("data:", from)) {
        const data = text.slice(text.charCodeAt(from + 5) === 32 ? from + 6 : from + 5, stop);
        if (data !== "") onData(data);
      }
      from = feed + 1;
    }
    this.#rest = text.slice(from);
    if (this.#rest.length > longestLine) throw new RangeError("a line of the stream never ends");
  }
}

/** Characters of a line beyond which a stream is given up. */
const longestLine = 1 << 24;
