// A connection to PostgreSQL that pg has opened (its address, TLS and passwords are pg's), from then on
// spoken to in binary (wire-protocol.ts). pg's own reader takes values as text: reading rows was 26 % of
// what the database's thread allocated, and putting arrays into words 15 %.
import type { Connection } from 'pg';
import {
  emptyReply,
  isReady,
  messageBytes,
  noRows,
  prepare,
  type Reply,
  type RowsAsked,
  readMessage,
  run,
  type Statement,
  simpleQuery,
  toStatement,
} from './wire-protocol.ts';

export interface WireConnection {
  /** Statements that do not wait for each other's answers do not wait at all. */
  query(sql: string, parameters: readonly unknown[]): Promise<Reply>;
  /** Several statements perhaps, whose rows nobody needs. */
  say(sql: string): Promise<Reply>;
}

interface Waiter {
  asked: RowsAsked;
  reply: Reply;
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/** In pg's own words, by which postgres-errors.ts knows it. */
const terminated = () => new Error('Connection terminated unexpectedly');

/** @param connection on which nothing is asked; its end is heard by pg too */
export function takeConnection(connection: Connection): WireConnection {
  connection.stream.removeAllListeners('data');
  const asks = createAsks(connection);
  const statements = new Map<string, Statement>();
  /** Those behind a statement that is being prepared: what is asked first is run first. */
  const queue: (() => boolean)[] = [];

  function advance(): void {
    while (queue.length > 0 && queue[0]()) queue.shift();
  }

  /** Parses it once a connection. */
  function learn(sql: string, fail: (error: unknown) => void): void {
    const name = `idlewild_${statements.size}`;
    asks.ask(prepare(name, sql), noRows).then(
      (reply) => {
        statements.set(sql, toStatement(name, reply));
        advance();
      },
      (error) => {
        queue.shift();
        fail(error);
        advance();
      },
    );
  }

  return {
    say: (sql) => asks.ask(simpleQuery(sql), noRows),
    query(sql, parameters) {
      const known = statements.get(sql);
      if (known && queue.length === 0) return asks.ask(run(known, parameters), known);
      return new Promise((resolve, reject) => {
        let learning = false;
        queue.push(() => {
          const statement = statements.get(sql);
          if (!statement) {
            if (!learning) learn(sql, reject);
            learning = true;
            return false;
          }
          try {
            resolve(asks.ask(run(statement, parameters), statement));
          } catch (thrown) {
            // A value that has no form is its own statement's matter.
            reject(thrown);
          }
          return true;
        });
        if (queue.length === 1) advance();
      });
    },
  };
}

/** Messages out, and their replies in the same order. */
function createAsks(connection: Connection) {
  const { stream } = connection;
  const waiters: Waiter[] = [];
  /** The first that waits: taking it from the front would move all others. */
  let first = 0;
  let rest: Buffer | null = null;
  let ended: unknown = null;

  function finish(): void {
    const { reply, resolve, reject } = waiters[first++];
    if (first === waiters.length) {
      waiters.length = 0;
      first = 0;
    }
    if (reply.fault) reject(reply.fault);
    else resolve(reply);
  }

  /** A fault that no one asked for is why the server ends the session: the pool is to know at once. */
  function readUnasked(bytes: Buffer, at: number): void {
    const reply = emptyReply();
    readMessage(bytes, at, reply, noRows);
    if (!reply.fault) return;
    ended ??= reply.fault;
    connection.emit('error', reply.fault);
  }

  function read(chunk: Buffer): void {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const length = messageBytes(bytes, at);
      if (at + length > bytes.length) break;
      const waiter = waiters[first];
      if (!waiter) readUnasked(bytes, at);
      else if (isReady(bytes, at)) finish();
      else readMessage(bytes, at, waiter.reply, waiter.asked);
      at += length;
    }
    rest = at === bytes.length ? null : bytes.subarray(at);
  }

  function end(error: unknown): void {
    ended ??= error;
    const left = waiters.splice(0).slice(first);
    first = 0;
    for (const { reply, reject } of left) reject(reply.fault ?? ended);
  }

  stream.on('data', read);
  stream.on('error', end);
  stream.on('close', () => end(terminated()));
  return {
    /** @param message a view that may be overwritten once this returns */
    ask(message: Buffer, asked: RowsAsked): Promise<Reply> {
      if (ended) return Promise.reject(ended);
      return new Promise((resolve, reject) => {
        waiters.push({ asked, reply: emptyReply(), resolve, reject });
        stream.write(Buffer.from(message));
      });
    },
  };
}
