// A file's lines, as bytes, from a stream. A line longer than it may be is cut short just beyond
// its limit, so that no line of any length takes memory.
const newline = 10;

export interface FileLine {
  /** From 1. */
  number: number;
  bytes: Uint8Array;
}

/** @param lineBytesMax of a longer line, one byte more than this is given */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<FileLine> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  const add = (part: Uint8Array) => {
    const kept = part.subarray(0, Math.max(0, lineBytesMax + 1 - length));
    if (kept.length > 0) parts.push(kept);
    length += kept.length;
  };
  const take = (): FileLine => {
    const line = { number, bytes: Buffer.concat(parts) };
    parts = [];
    length = 0;
    number++;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, to));
      from = to + 1;
      yield take();
    }
    add(chunk.subarray(from));
  }
  if (length > 0) yield take();
}
