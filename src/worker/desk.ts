// What a visitor asks beside the run: the account, its end, and the check of receipts. The code for
// each is fetched when it is first asked for.
import type { AccountAnswer, BindAnswer, RevokeAnswer } from '#protocol/account-wire.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { Board } from './board.ts';
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import type { Quota } from './quota.ts';
import type { DeletedData, Signer, VerifyReport, VerifyStep } from './status.ts';
import { ToldReceipts } from './told-receipts.ts';

export interface DeskParts {
  environment: Environment;
  coordinator: Coordinator;
  board: Board;
  quota: Quota;
  /** Resolves when nothing computes and nothing is on its way to the coordinator. */
  stop(): Promise<void>;
  /** Of the lock that whichever tab computes holds. */
  lockName: string;
}

/** The methods are the Contributor's (status.ts). */
export class Desk {
  readonly #parts: DeskParts;
  readonly #told = new ToldReceipts();

  constructor(parts: DeskParts) {
    this.#parts = parts;
    parts.board.subscribe((status) => this.#told.hear(status));
  }

  async account(days: number): Promise<AccountAnswer> {
    const { readAccount } = await fetched(import('./account-calls.ts'));
    return readAccount(this.#parts, days);
  }

  async bind(wallet: Signer): Promise<BindAnswer> {
    const { bindAccount } = await fetched(import('./account-calls.ts'));
    return bindAccount(this.#parts, wallet);
  }

  async revoke(wallet: Signer): Promise<RevokeAnswer> {
    const { revokeSessions } = await fetched(import('./end-account.ts'));
    return revokeSessions(this.#parts, wallet);
  }

  async withdraw(): Promise<void> {
    const { withdrawConsent } = await fetched(import('./end-account.ts'));
    return withdrawConsent(this.#parts);
  }

  async deleteData(scope: 'everywhere' | 'here'): Promise<DeletedData> {
    const { deletePerson } = await fetched(import('./end-account.ts'));
    return deletePerson(this.#parts, scope);
  }

  async verify(lease: string, listener: (step: VerifyStep) => void): Promise<VerifyReport> {
    const { verifyReceipt } = await fetched(import('./verify-receipt.ts'));
    return verifyReceipt(this.#parts, { lease, told: this.#told.find(lease), listener });
  }
}

async function fetched<Part>(part: Promise<Part>): Promise<Part> {
  try {
    return await part;
  } catch (cause) {
    const message = 'A part of the program could not be fetched.';
    throw new IdlewildError('network/unreachable', message, { retryable: true, cause });
  }
}
