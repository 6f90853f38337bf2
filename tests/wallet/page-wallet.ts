// A wallet in a visitor's browser, as an extension is one: an EIP-1193 provider in the page, announced
// by EIP-6963, that only carries; behind it, out of the page's reach, what the person allowed, on
// which chain it is, and a chain node that holds the keys and signs.
//
//   a call that needs the person → a prompt → approve: done; reject: code 4001
//   the person locks it, chooses other accounts or another chain → the page hears the event
import type { Page } from 'playwright-core';
import { patienceMs } from '../cli/patient-chromium.ts';
import type { ChainNode } from './chain-node.ts';

interface Prompt {
  method: string;
  params: readonly unknown[];
  approve(): void;
  /** As the person's refusal: code 4001. */
  reject(): void;
}

export interface PageWallet {
  /** Methods that the page called, in order. */
  calls: string[];
  /** Waits until the person is asked for this, and no more: answers are the test's. */
  prompt(method: string): Promise<Prompt>;
  /** How often the person was asked for anything. */
  promptCount(): number;
  /** The person chooses which accounts this site sees; the first of them comes first. */
  choose(accounts: readonly string[]): Promise<void>;
  /** While locked it shows no account. */
  lock(isLocked: boolean): Promise<void>;
}

export interface WalletPlan {
  name: string;
  rdns: string;
  /** Chains that it knows; it is on the first. */
  chains: readonly ChainNode[];
  /** What the person would let a site see. */
  accounts: readonly string[];
  /** Announces itself only when the page evaluates `announce_NAME()`. */
  isLate?: boolean;
}

type Asked = [method: string, params: readonly unknown[]];
type Answered = { result: unknown } | { error: { code: number; message: string; data?: unknown } };

/** EIP-1193 and EIP-1474. */
const codes = { rejected: 4001, unauthorized: 4100, unknownChain: 4902, internal: -32603 };

function refusal(code: number, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Puts the wallet into every document of the page, before its own scripts. */
export async function addWallet(page: Page, plan: WalletPlan): Promise<PageWallet> {
  const wallet = new Background(page, plan);
  const { name, rdns, isLate = false } = plan;
  await page.exposeFunction(`${pipeOf(plan)}`, (...asked: Asked) => wallet.answer(asked));
  await page.addInitScript(inject, { name, rdns, isLate, pipe: pipeOf(plan) });
  return wallet;
}

/** Names that the page's scripts would not look for. */
const pipeOf = ({ rdns }: WalletPlan) => `wallet_${rdns.replaceAll('.', '_')}`;

class Background implements PageWallet {
  readonly calls: string[] = [];
  readonly #page: Page;
  readonly #plan: WalletPlan;
  #chain: ChainNode;
  #isLocked = false;
  /** What the person let this site see. */
  #connected: readonly string[] = [];
  readonly #prompts: Prompt[] = [];
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(page: Page, plan: WalletPlan) {
    this.#page = page;
    this.#plan = plan;
    [this.#chain] = plan.chains;
  }

  promptCount(): number {
    return this.#prompts.length;
  }

  async prompt(method: string): Promise<Prompt> {
    if (this.#prompts.length <= this.#taken) await this.#nextPrompt(method);
    const prompt = this.#prompts[this.#taken++];
    if (prompt.method !== method) throw new Error(`Asked for ${prompt.method}, not ${method}.`);
    return prompt;
  }

  #nextPrompt(method: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const silent = () => reject(new Error(`Nobody asked for ${method}: ${this.calls.join()}.`));
      const timer = setTimeout(silent, patienceMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async choose(accounts: readonly string[]): Promise<void> {
    this.#connected = accounts;
    await this.#emit('accountsChanged', this.#visible());
  }

  async lock(isLocked: boolean): Promise<void> {
    this.#isLocked = isLocked;
    await this.#emit('accountsChanged', this.#visible());
  }

  /** Never rejects: errors cross to the page as values, with their codes. */
  async answer([method, params]: Asked): Promise<Answered> {
    this.calls.push(method);
    try {
      return { result: (await this.#handle(method, params)) ?? null };
    } catch (thrown) {
      const failed = thrown as Error & { code?: number; data?: unknown };
      const { code = codes.internal, message, data } = failed;
      return { error: { code, message, data } };
    }
  }

  async #handle(method: string, params: readonly unknown[]): Promise<unknown> {
    if (method === 'eth_accounts') return this.#visible();
    if (method === 'eth_requestAccounts') return this.#connect(method, params);
    if (method === 'wallet_switchEthereumChain') return this.#switch(method, params);
    if (method === 'eth_signTypedData_v4') return this.#signTyped(method, params);
    if (method === 'personal_sign') {
      this.#mustSee(params[1]);
      await this.#ask(method, params);
    }
    if (method === 'eth_sendTransaction') {
      this.#mustSee((params[0] as { from?: string }).from);
      await this.#ask(method, params);
    }
    return this.#chain.request(method, params);
  }

  #visible(): readonly string[] {
    return this.#isLocked ? [] : this.#connected;
  }

  #mustSee(account: unknown): void {
    if (this.#visible().some((one) => one === String(account).toLowerCase())) return;
    throw refusal(codes.unauthorized, 'The requested account has not been authorized by the user.');
  }

  async #connect(method: string, params: readonly unknown[]): Promise<readonly string[]> {
    if (this.#isLocked || this.#connected.length > 0) return this.#visible();
    await this.#ask(method, params);
    await this.choose(this.#plan.accounts);
    return this.#visible();
  }

  async #switch(method: string, params: readonly unknown[]): Promise<null> {
    const [{ chainId }] = params as [{ chainId: string }];
    const chain = this.#plan.chains.find((one) => one.chainId === Number(chainId));
    if (!chain) throw refusal(codes.unknownChain, `Unrecognized chain ID ${chainId}.`);
    await this.#ask(method, params);
    this.#chain = chain;
    await this.#emit('chainChanged', chainId);
    return null;
  }

  async #signTyped(method: string, params: readonly unknown[]): Promise<unknown> {
    const [account, json] = params as [string, string];
    this.#mustSee(account);
    const { chainId } = JSON.parse(json).domain;
    if (Number(chainId) !== this.#chain.chainId) {
      const active = this.#chain.chainId;
      throw refusal(codes.internal, `Provided chainId "${chainId}" must match "${active}".`);
    }
    await this.#ask(method, params);
    // The person may have taken it back meanwhile.
    this.#mustSee(account);
    return this.#chain.request(method, params);
  }

  /** @throws 4001 */
  #ask(method: string, params: readonly unknown[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const refused = () => reject(refusal(codes.rejected, 'User rejected the request.'));
      this.#prompts.push({ method, params, approve: resolve, reject: refused });
      for (const tell of this.#waiting.splice(0)) tell();
    });
  }

  /** @param value goes as it is, as EIP-1193 says of each event */
  async #emit(event: string, value: unknown): Promise<void> {
    const given = { event, value, pipe: pipeOf(this.#plan) };
    await this.#page.evaluate((one) => {
      dispatchEvent(new CustomEvent(`${one.pipe}:event`, { detail: one }));
    }, given);
  }
}

/** Runs in the page. */
function inject(plan: { name: string; rdns: string; isLate: boolean; pipe: string }) {
  const { name, rdns, isLate, pipe } = plan;
  type Carry = (method: string, params: readonly unknown[]) => Promise<Answered>;
  const carry = (globalThis as unknown as Record<string, Carry>)[pipe];
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  const provider = {
    async request({ method, params = [] }: { method: string; params?: readonly unknown[] }) {
      const answer = await carry(method, params);
      if ('result' in answer) return answer.result;
      const { message, ...rest } = answer.error;
      throw Object.assign(new Error(message), rest);
    },
    on(event: string, listener: (value: unknown) => void) {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    removeListener(event: string, listener: (value: unknown) => void) {
      listeners.get(event)?.delete(listener);
    },
  };
  addEventListener(`${pipe}:event`, (message) => {
    const { event, value } = (message as CustomEvent).detail;
    for (const listener of listeners.get(event) ?? []) listener(value);
  });
  const icon = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>';
  const info = Object.freeze({ uuid: crypto.randomUUID(), name, rdns, icon });
  const announce = () => {
    const detail = Object.freeze({ info, provider });
    dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
  };
  if (isLate) Object.assign(globalThis, { [`announce_${name}`]: announce });
  else {
    addEventListener('eip6963:requestProvider', announce);
    announce();
  }
}
