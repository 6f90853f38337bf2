// Which of the two classes a unit is of, by how its input begins: enough to hand it on, without the
// code that reads a bounded one.

/**
 * Both are deterministic CBOR of a map with two keys, the shorter first: `rows` comes before `model`,
 * `model` before `requests`. A map of two is 0xa2; a text of five bytes 0x65.
 */
const boundedStart = [0xa2, 0x65];

export function isBoundedInput(input: Uint8Array): boolean {
  return boundedStart.every((byte, at) => input[at] === byte);
}
