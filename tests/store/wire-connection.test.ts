// What a server says, in pieces of any size, and what becomes of those who wait when it stops.
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Connection } from 'pg';
import { describe, expect, test } from 'vitest';
import { takeConnection, type WireConnection } from '#store/wire-connection.ts';

function message(code: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = Buffer.alloc(5);
  head.write(code);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function int(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
}

const ready = message('Z', 'I');
const fault = (code: string) => message('E', `SERROR\0C${code}\0Mwrong\0\0`);
const int4 = 23;
/** Of a statement that takes nothing and gives one column of int. */
const described = Buffer.concat([
  message('1'),
  message('t', int(2, 0)),
  message(
    'T',
    int(2, 1),
    'n\0',
    int(4, 0),
    int(2, 0),
    int(4, int4),
    int(2, 4),
    int(4, -1),
    int(2, 0),
  ),
  ready,
]);
const answered = (...rows: (number | null)[]) =>
  Buffer.concat([
    message('2'),
    ...rows.map((row) =>
      row === null
        ? message('D', int(2, 1), int(4, -1))
        : message('D', int(2, 1), int(4, 4), int(4, row)),
    ),
    message('C', `SELECT ${rows.length}\0`),
    ready,
  ]);

/** A connection that a test answers for. */
function open() {
  const stream = new PassThrough();
  const connection = Object.assign(new EventEmitter(), { stream }) as unknown as Connection;
  const sent: string[] = [];
  stream.write = ((bytes: Buffer) => {
    sent.push(String.fromCharCode(bytes[0]));
    return true;
  }) as never;
  const wire: WireConnection = takeConnection(connection);
  const hear = (bytes: Buffer, pieceBytes = bytes.length) => {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      stream.emit('data', bytes.subarray(at, at + pieceBytes));
    }
  };
  return { connection, hear, sent, stream, wire };
}

describe('a connection', () => {
  test.each([1, 3, 7, 1_000])('reads replies that come in pieces of %i bytes', async (piece) => {
    const { hear, wire } = open();
    const asked = wire.query('select n', []);
    hear(described, piece);
    // The statement is known now; it is run once its description has been heard.
    await new Promise(setImmediate);
    hear(answered(1, null, -5), piece);
    expect((await asked).rows).toEqual([{ n: 1 }, { n: null }, { n: -5 }]);
    const again = wire.query('select n', []);
    hear(answered(7), piece);
    expect(await again).toMatchObject({ rows: [{ n: 7 }], tag: 'SELECT 1' });
  });

  test('runs in order what is asked while a statement is being prepared', async () => {
    const { hear, sent, wire } = open();
    const all = Promise.all([wire.query('a', []), wire.query('a', []), wire.query('b', [])]);
    hear(described);
    await new Promise(setImmediate);
    hear(Buffer.concat([answered(1), answered(2), described]));
    await new Promise(setImmediate);
    hear(answered(3));
    expect((await all).map(({ rows }) => rows[0].n)).toEqual([1, 2, 3]);
    expect(sent.join('')).toBe('PBBPB');
  });

  test('a fault is its own statement’s alone', async () => {
    const { hear, wire } = open();
    const failing = wire.say('one');
    const fine = wire.say('two');
    hear(Buffer.concat([fault('23505'), ready, message('C', 'COMMIT\0'), ready]));
    await expect(failing).rejects.toMatchObject({ code: '23505', message: 'wrong' });
    expect(await fine).toMatchObject({ tag: 'COMMIT' });
  });

  test('a value that has no form fails its own statement alone', async () => {
    const { hear, wire } = open();
    const takesText = Buffer.concat([
      message('1'),
      message('t', int(2, 1), int(4, 1009)),
      message('n'),
      ready,
    ]);
    const wrong = wire.query('a', [[5]]);
    const right = wire.query('a', [['five']]);
    hear(takesText);
    await expect(wrong).rejects.toThrow();
    hear(Buffer.concat([message('2'), message('C', 'INSERT 0 1\0'), ready]));
    expect(await right).toMatchObject({ tag: 'INSERT 0 1' });
  });

  test('what ends unasked is told to the pool, and to all that ask later', async () => {
    const { connection, hear, wire } = open();
    const told: unknown[] = [];
    connection.on('error', (error) => told.push(error));
    hear(fault('57P01'));
    expect(told).toMatchObject([{ code: '57P01' }]);
    await expect(wire.say('later')).rejects.toMatchObject({ code: '57P01' });
  });

  test('all that wait hear of its end', async () => {
    const { stream, wire } = open();
    const waiting = [wire.say('one'), wire.query('two', [])];
    stream.emit('close');
    for (const one of await Promise.allSettled(waiting)) {
      expect(one).toMatchObject({ status: 'rejected' });
      expect(String((one as PromiseRejectedResult).reason)).toContain('terminated');
    }
  });
});
