// Contributors under torture: honest, patient, over real HTTP. Each remembers every answer, brings a
// result again until it has one, and asks after what is pending.
import { setTimeout } from 'node:timers/promises';
import type { EncoderWeights } from '#model/encoder.ts';
import type { Lease, SubmittedResult, WorkAnswer } from '#protocol/wire.ts';
import { createTestContributor, Refused } from '../coordinator/test-contributor.ts';
import type { Promises } from './ledger-of-promises.ts';

export interface CrewOptions {
  origin: string;
  weights: EncoderWeights;
  promises: Promises;
  size: number;
  /** Called with every answer that acknowledges a result. */
  onAcknowledged(): void;
}

export interface Crew {
  /** Rejects with what ends one of them. */
  failed: Promise<never>;
  /** Asks after every result that was ever answered. */
  askAfterAll(): Promise<void>;
  stop(): Promise<void>;
}

const awaitingMax = 256;
const pauseMs = 30;
const restMs = 200;
/** Five minutes: of a coordinator that is killed again while it starts. */
const attemptsMax = 1_500;
const nothing = { units: 0, models: [], speed: 1e12 };
const wanted = { units: 2, models: [], speed: 1e12 };

async function post(origin: string, path: string, body: Uint8Array) {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: Buffer.from(body),
  });
  return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
}

/** Who refuses for good says so; a coordinator that is down says nothing. */
function mayPass(thrown: unknown): boolean {
  return !(thrown instanceof Refused) || thrown.error.retryable;
}

async function patiently<Value>(call: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (thrown) {
      if (!mayPass(thrown) || attempt >= attemptsMax) throw thrown;
      await setTimeout(restMs);
    }
  }
}

async function createMember({ origin, weights, promises, onAcknowledged }: CrewOptions) {
  const who = await createTestContributor({
    weights,
    speed: 1e12,
    send: (path, body) => post(origin, path, body),
  });
  await patiently(() => who.open());
  let stopped = false;
  let results: SubmittedResult[] = [];

  function hear({ verdicts }: WorkAnswer): void {
    for (const news of verdicts) promises.heard(who.address, news);
  }

  async function turn(): Promise<Lease[]> {
    const awaiting = promises.pendingOf(who.address).slice(0, awaitingMax);
    try {
      const answer = await who.work({ results, awaiting, want: wanted });
      hear(answer);
      if (results.length > 0) onAcknowledged();
      results = [];
      return answer.leases;
    } catch (thrown) {
      if (!mayPass(thrown)) throw thrown;
      return [];
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const leases = await turn();
      for (const lease of leases) results.push(await who.makeResult(lease));
      await setTimeout(leases.length > 0 ? pauseMs : restMs);
    }
  }

  const running = run();
  return {
    running,
    async stop() {
      stopped = true;
      await running;
    },
    async askAfterAll() {
      const leases = promises.leasesOf(who.address);
      for (let at = 0; at < leases.length; at += awaitingMax) {
        const awaiting = leases.slice(at, at + awaitingMax);
        hear(await patiently(() => who.work({ awaiting, want: nothing })));
      }
    },
  };
}

/** @returns once each has its session @throws what ends one of them, from `stop` */
export async function gatherCrew(options: CrewOptions): Promise<Crew> {
  const members: Awaited<ReturnType<typeof createMember>>[] = [];
  for (let i = 0; i < options.size; i++) {
    const member = await createMember(options);
    // Thrown by `stop`; unheard until then.
    member.running.catch(() => {});
    members.push(member);
  }
  const failed = new Promise<never>((_, reject) => {
    for (const { running } of members) running.catch(reject);
  });
  failed.catch(() => {});
  return {
    failed,
    async askAfterAll() {
      for (const member of members) await member.askAfterAll();
    },
    async stop() {
      for (const member of members) await member.stop();
    },
  };
}
