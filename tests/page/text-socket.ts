// A WebSocket client for text alone, since Node 20 has none: what WebDriver BiDi speaks through
// (bidi.ts). RFC 6455, sections 4.1 and 5.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';

const opcodes = { more: 0, text: 1, close: 8, ping: 9, pong: 10 };
const messageBytesMax = 64 << 20;

interface TextSocket {
  send(text: string): void;
  close(): void;
}

interface SocketListener {
  hear(text: string): void;
  closed(): void;
}

interface Frame {
  isLast: boolean;
  opcode: number;
  payload: Buffer;
  /** Of the whole frame. */
  bytes: number;
}

export async function openTextSocket(url: string, listener: SocketListener): Promise<TextSocket> {
  const asked = request(url.replace(/^ws:/, 'http:'), {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
  });
  asked.end();
  const [, socket, head] = (await once(asked, 'upgrade')) as [unknown, Duplex, Buffer];
  const send = (opcode: number, payload: Buffer) => socket.write(encodeFrame(opcode, payload));
  let waiting = head;
  let parts: Buffer[] = [];
  const take = ({ isLast, opcode, payload }: Frame) => {
    if (opcode === opcodes.ping) send(opcodes.pong, payload);
    if (opcode === opcodes.close) socket.end();
    if (opcode > opcodes.text) return;
    parts.push(payload);
    if (!isLast) return;
    const text = Buffer.concat(parts).toString('utf8');
    parts = [];
    listener.hear(text);
  };
  const read = (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    for (let frame = decodeFrame(waiting); frame; frame = decodeFrame(waiting)) {
      waiting = waiting.subarray(frame.bytes);
      take(frame);
    }
  };
  socket.on('data', read);
  // A reset ends in `close` as well.
  socket.on('error', () => {});
  socket.on('close', () => listener.closed());
  read(Buffer.alloc(0));
  return {
    send: (text) => send(opcodes.text, Buffer.from(text)),
    close: () => socket.destroy(),
  };
}

/** What a client sends is masked. */
function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt8(0x80 | opcode, 0);
  // Eight bytes of length are for long messages; short ones must take fewer.
  let headBytes = 2;
  if (payload.length < 126) head.writeUInt8(0x80 | payload.length, 1);
  else if (payload.length < 1 << 16) {
    head.writeUInt8(0x80 | 126, 1);
    headBytes = head.writeUInt16BE(payload.length, 2);
  } else {
    head.writeUInt8(0x80 | 127, 1);
    headBytes = head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]));
  return Buffer.concat([head.subarray(0, headBytes), mask, masked]);
}

/** @returns null while the first frame is not there as a whole */
function decodeFrame(bytes: Buffer): Frame | null {
  if (bytes.length < 2) return null;
  const short = bytes[1] & 0x7f;
  const headBytes = { 126: 4, 127: 10 }[short] ?? 2;
  if (bytes.length < headBytes) return null;
  let length = short;
  if (short === 126) length = bytes.readUInt16BE(2);
  if (short === 127) length = Number(bytes.readBigUInt64BE(2));
  if (length > messageBytesMax) throw new Error(`A message of ${length} bytes is too long.`);
  if (bytes.length < headBytes + length) return null;
  return {
    isLast: (bytes[0] & 0x80) !== 0,
    opcode: bytes[0] & 0x0f,
    payload: bytes.subarray(headBytes, headBytes + length),
    bytes: headBytes + length,
  };
}
