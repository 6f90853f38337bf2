// The page's side of the worker: starts it, and hands listeners and signers over comlink. Making
// the worker fetches its script, so a page calls this on the visitor's click and not before.
import * as Comlink from 'comlink';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { WorkerFace } from './face.ts';
import type { Contributor, ContributorStatus, Signer, StartOptions } from './status.ts';
import { carryErrors } from './transfer-errors.ts';

export interface Connection {
  contributor: Contributor;
  terminate(): void;
}

export function connectContributor(): Connection {
  carryErrors();
  const worker = new Worker(new URL('./main.ts', import.meta.url), {
    type: 'module',
    name: 'idlewild contributor',
  });
  const remote = Comlink.wrap<WorkerFace>(worker);
  const crash = watchCrash(worker);
  let farewell: Bytes | null = null;
  const keep = (body: Bytes | null) => {
    farewell = body;
  };
  void crash.or(remote.watchFarewell(Comlink.proxy(keep))).catch(() => {});
  const contributor: Contributor = {
    start: (options: StartOptions, signer: Signer | null) =>
      crash.or(
        // A device key lives in the worker: only a wallet stays in the page.
        remote.start(options, signer?.kind === 'wallet' ? Comlink.proxy(signer) : null),
      ),
    pause: () => crash.or(remote.pause()),
    resume: () => crash.or(remote.resume()),
    stop: () => crash.or(remote.stop()),
    finish: () => crash.or(remote.finish()),
    leave: () => {
      // The page may be gone before the worker hears of it: this much is sent all the same.
      if (farewell) sendFarewell(farewell);
      farewell = null;
      return crash.or(remote.leave());
    },
    comeBack: () => crash.or(remote.comeBack()),
    setSettings: (settings) => crash.or(remote.setSettings(settings)),
    tellConditions: (conditions) => crash.or(remote.tellConditions(conditions)),
    tellFrames: (lateShare) => crash.or(remote.tellFrames(lateShare)),
    subscribe: (listener) => crash.or(remote.subscribe(Comlink.proxy(crash.tell(listener)))),
    clearCache: () => crash.or(remote.clearCache()),
    account: (days) => crash.or(remote.account(days)),
    bind: (wallet) => crash.or(remote.bindTo(Comlink.proxy(wallet))),
    revoke: (wallet) => crash.or(remote.revokeAll(Comlink.proxy(wallet))),
    withdraw: () => crash.or(remote.withdraw()),
    deleteData: (scope) => crash.or(remote.deleteData(scope)),
    verify: (lease, listener) => crash.or(remote.verify(lease, Comlink.proxy(listener))),
  };
  return { contributor, terminate: () => worker.terminate() };
}

/** What comes of it nobody waits for: leases that do not go back run out by themselves. */
function sendFarewell(body: Bytes): void {
  const headers = { 'content-type': 'application/cbor', accept: 'application/cbor' };
  const init = { method: 'POST', headers, body, keepalive: true, redirect: 'error' } as const;
  fetch('/v1/work', init).catch(() => {});
}

function crashedWith(message: string): IdlewildError {
  const said = message || 'The browser gives no reason.';
  return new IdlewildError('worker/crashed', said, { retryable: true });
}

function notLoaded(): IdlewildError {
  const message = 'The program that computes could not be fetched.';
  return new IdlewildError('network/unreachable', message, { retryable: true });
}

type Listener = (status: ContributorStatus) => void;

/** A worker that does not load, or dies, answers nothing: its callers and listeners are told. */
function watchCrash(worker: Worker) {
  const told: (() => void)[] = [];
  let isAlive = false;
  const crashed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      worker.terminate();
      reject(isAlive ? crashedWith(event.message) : notLoaded());
      for (const tell of told) tell();
    });
  });
  crashed.catch(() => {});
  return {
    or: <T>(answer: Promise<T>): Promise<T> => Promise.race([answer, crashed]),
    /** The listener, which after a crash hears one last status: failed. */
    tell(listener: Listener): Listener {
      let last: ContributorStatus | null = null;
      told.push(() =>
        crashed.catch((error: IdlewildError) => {
          const ended = { unit: null, download: null, error: error.toWire() };
          const { code, shortMessage: message } = error;
          const saying = { code: 'failed/error', values: { code, message } } as const;
          if (last) listener({ ...last, ...ended, phase: 'failed', message, saying });
        }),
      );
      return (status) => {
        isAlive = true;
        last = status;
        listener(status);
      };
    },
  };
}
