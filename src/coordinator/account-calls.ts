// POST /v1/account and what is below it: an envelope in, signed by a session of the account, an answer
// out. A call heard before is refused by its counter, and what it did is not done again.
import { verifySessionSignature } from '#ledger/session-signature.ts';
import type {
  AccountAnswer,
  AccountRequest,
  BindAnswer,
  BindRequest,
  ConsentEnded,
  DeleteRequest,
  RevokeAnswer,
  RevokeRequest,
  WithdrawRequest,
} from '#protocol/account-wire.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { limits } from '#protocol/limits.ts';
import { type Envelope, WIRE_VERSION } from '#protocol/wire.ts';
import type { AccountState, Ended } from '#store/account-operations.ts';
import { dayMs } from '#store/count-days.ts';
import type { SealedCall } from '#store/session-operations.ts';
import { accountRequest, bindRequest, deleteRequest, withdrawRequest } from './account-schemas.ts';
import { type AccountMoney, readAccountMoney } from './account-settlement.ts';
import { sessionOver, staleCounter, unsigned } from './call-refusals.ts';
import { checkBinding, refuseBinding } from './check-binding.ts';
import { checkRevocation, refuseRevocation } from './check-revocation.ts';
import type { Context } from './context.ts';
import { createRateLimit } from './rate-limit.ts';
import type { Session, Sessions } from './sessions.ts';
import { checkWire, readCbor } from './wire-schemas.ts';

/** @throws session/..., wire/..., cbor/..., limits/calls */
export interface AccountCalls {
  read(envelope: Envelope): Promise<AccountAnswer>;
  withdraw(envelope: Envelope): Promise<ConsentEnded>;
  delete(envelope: Envelope): Promise<ConsentEnded>;
  /** @throws binding/... as well */
  bind(envelope: Envelope, address: string): Promise<BindAnswer>;
  /** By the wallet's signature alone. @throws revocation/..., chain/... */
  revoke(request: RevokeRequest, address: string): Promise<RevokeAnswer>;
}

type Request = AccountRequest | BindRequest | DeleteRequest | WithdrawRequest;

export function createAccountCalls(context: Context, sessions: Sessions): AccountCalls {
  const { database, now, waits } = context;
  const ofAccount = createRateLimit({
    callsPerMinuteMax: limits.callsOfAccountPerMinuteMax,
    name: 'callsOfAccountPerMinuteMax',
    now,
  });

  /** Who sent it, once its signature holds: nobody else can use up an account's calls. */
  async function open(request: Request, { payload, signature }: Envelope): Promise<Opened> {
    checkWire(request.wire);
    const session = await sessions.find(request.session);
    if (!verifySessionSignature(payload, signature, session.key)) throw unsigned();
    ofAccount.take(session.account);
    return { session, call: { session: session.id, counter: request.counter, now: now() } };
  }

  /** The outcome of a call that was heard. */
  function heard<Outcome extends { kind: string }>(
    outcome: Outcome,
    session: Session,
  ): Exclude<Outcome, { kind: 'stale' | 'over' }> {
    if (outcome.kind === 'over') {
      sessions.forget(session.id);
      throw sessionOver();
    }
    if (outcome.kind === 'stale') {
      throw staleCounter((outcome as unknown as { counter: number }).counter);
    }
    return outcome as Exclude<Outcome, { kind: 'stale' | 'over' }>;
  }

  async function end(
    request: DeleteRequest | WithdrawRequest,
    envelope: Envelope,
  ): Promise<ConsentEnded> {
    const { session, call } = await open(request, envelope);
    const operation = request.kind === 'delete' ? 'deletePerson' : 'withdrawConsent';
    const ended: Ended = heard(await database.run(operation, call), session);
    context.wake();
    return { wire: WIRE_VERSION, account: ended.account, sessions: ended.sessions };
  }

  return {
    async read(envelope) {
      const request = readCbor(accountRequest, envelope.payload);
      const { session, call } = await open(request, envelope);
      const { days } = request;
      const { consentMs } = waits;
      const outcome = await database.run('readAccount', { ...call, days, consentMs });
      const state = heard(outcome, session);
      return toAnswer(state, await readAccountMoney(context, state.boundTo ?? state.account));
    },

    withdraw: (envelope) => end(readCbor(withdrawRequest, envelope.payload), envelope),
    delete: (envelope) => end(readCbor(deleteRequest, envelope.payload), envelope),

    async bind(envelope, address) {
      const request: BindRequest = readCbor(bindRequest, envelope.payload);
      const { session, call } = await open(request, envelope);
      const bringer = { account: session.account, address };
      const walletCheck = await checkBinding(context, request, bringer);
      const { binding, deviceSignature, walletSignature } = request;
      const [device, wallet] = [binding.device.toLowerCase(), binding.wallet.toLowerCase()];
      const signatures = { deviceSignature, walletSignature };
      const bytes = encodeCbor({ ...binding });
      const { nonce } = binding;
      const bound = { device, wallet, nonce, binding: bytes, ...signatures, walletCheck };
      const outcome = heard(await database.run('bindAccount', { ...call, bound }), session);
      if (outcome.kind === 'refused') throw refuseBinding(outcome.fault);
      context.wake();
      return { wire: WIRE_VERSION, account: device, boundTo: wallet };
    },

    async revoke(request, address) {
      checkWire(request.wire);
      const { revocation, walletSignature } = request;
      const account = revocation.account.toLowerCase();
      const walletCheck = await checkRevocation(context, request, address);
      ofAccount.take(account);
      const { sessionKey, nonce } = revocation;
      const outcome = await database.run('revokeSessions', {
        account,
        sessionKey,
        nonce,
        revocation: encodeCbor({ ...revocation }),
        walletSignature,
        walletCheck,
        now: now(),
      });
      if (outcome.kind === 'nonce-used') throw refuseRevocation('nonce-used');
      for (const id of outcome.sessions) sessions.forget(id);
      context.wake();
      return { wire: WIRE_VERSION, account, sessions: outcome.ended };
    },
  };
}

interface Opened {
  session: Session;
  call: SealedCall;
}

function toAnswer(state: AccountState, money: AccountMoney | null): AccountAnswer {
  const { account, boundTo, totals, days, consent, sessions } = state;
  const { credit: earned, creditHeld: held, creditPending: pending } = totals;
  // Where nothing is paid out, all that was earned waits for a settlement.
  const { settlement, paid, claimable } = money ?? { settlement: null, paid: 0, claimable: earned };
  const own = boundTo === null ? { claimable, paid } : { claimable: 0, paid: 0 };
  return {
    wire: WIRE_VERSION,
    account,
    boundTo,
    credit: { earned, held, pending, ...own },
    history: days.map(({ day, ...counts }) => ({
      day: new Date(day * dayMs).toISOString().slice(0, 10),
      ...counts,
    })),
    consent,
    sessions,
    settlement,
  };
}
