// What the coordinator said last of this browser's account, for all views that show some of it.
import type { AccountAnswer } from '#protocol/account-wire.ts';
import type { Session } from './session.ts';

/** A month, and what the chart has room for. */
export const daysShown = 30;

export class AccountDesk {
  readonly #session: Session;
  readonly #listeners: (() => void)[] = [];
  answer: AccountAnswer | null = null;
  answeredAt = new Date();
  failure: unknown = null;
  isAsking = false;

  constructor(session: Session) {
    this.#session = session;
  }

  watch(listener: () => void): void {
    this.#listeners.push(listener);
    listener();
  }

  async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    this.failure = null;
    this.#tell();
    try {
      this.answer = await this.#session.ask((contributor) => contributor.account(daysShown));
      this.answeredAt = new Date();
    } catch (thrown) {
      this.failure = thrown;
    }
    this.isAsking = false;
    this.#tell();
  }

  /** Another account, or none. */
  clear(): void {
    if (!this.answer && !this.failure) return;
    this.answer = null;
    this.failure = null;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
