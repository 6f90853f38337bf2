// The demo's last act: a requester's deposit pays for the batch, the books of the day are posted, their
// window passes by the chain's own clock, and every contributor is paid what the ledger says.
import { z } from 'zod';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { readPosted, readState } from '#settlement/read-settlement.ts';
import type { AdminClient } from './admin-client.ts';
import { type DemoChain, depositAmount, windowSeconds } from './demo-chain.ts';
import { openMirror } from './epoch-mirror.ts';
import { fetchJson } from './fetch-bytes.ts';
import { claimOne } from './make-claims.ts';
import { placeOrder } from './place-order.ts';
import type { Progress } from './progress.ts';
import type { NewBatch, Requester } from './requester.ts';
import type { RunningSite, SiteOptions } from './site.ts';
import { readBalance } from './token-amount.ts';

/** Base units of the token. */
interface DemoClaim {
  account: Hex;
  ledger: number;
  balance: number;
  gas: number;
}

export interface SettlementReport {
  epoch: number;
  root: Hex;
  claims: DemoClaim[];
}

/** So that a unit of credit is a base unit of the token, and nothing is left over. */
const creditsPerTokenUnit = 1n;
/** Between two looks of the coordinator at its chain. */
const lookMs = 250;
/** Credits for 10^9 multiply-adds: twice the rate that a coordinator starts with. */
const rateCap = 2_000;
const orderDays = 30;
const pollMs = 200;
/** What the log signs after one close goes into the next. */
const epochsMax = 3;
/** Asked for so often, a close that finds nothing new will find nothing: ten minutes at least. */
const closesMax = 3_000;

/** Settings of a coordinator. Its books are closed when the demo says so. */
export function payBy({ node, contract, poster }: DemoChain): NonNullable<SiteOptions['paid']> {
  const settlement = { contract, poster, creditsPerTokenUnit, confirmations: 1, lookMs };
  return { chainId: node.chainId, chainRpc: node.url, settlement };
}

/** Deposits and signs. @returns how a batch is to be paid */
export async function fundDemo(
  { requester: payer, token }: DemoChain,
  requester: Requester,
  progress: Progress,
): Promise<NonNullable<NewBatch['payment']>> {
  const wish = { payer, token, requester, progress };
  const amounts = { amount: depositAmount, cap: depositAmount };
  const { order } = await placeOrder({ ...wish, ...amounts, days: orderDays, source: 'escrow' });
  progress.done(`Spending order ${order.hash.slice(0, 18)}… is registered on the chain.`);
  return { order: order.hash, rateCap };
}

export interface DemoSettlement {
  chain: DemoChain;
  site: Pick<RunningSite, 'origin' | 'closeEpoch'>;
  admin: AdminClient;
  accounts: readonly Hex[];
  progress: Progress;
}

/** @throws demo/unsettled where a balance is not what the ledger says */
export async function settleDemo(options: DemoSettlement): Promise<SettlementReport> {
  const { chain, progress } = options;
  const claims = new Map((await readLedgers(options)).map((one) => [one.account, one]));
  for (let epochs = 1; ; epochs++) {
    const epoch = await finishEpoch(options);
    const { root, gas } = await claimAll(options);
    for (const claim of claims.values()) {
      claim.gas += gas.get(claim.account) ?? 0;
      claim.balance = Number(await readBalance(chain.relayer.chain, chain.token, claim.account));
    }
    const list = [...claims.values()];
    const wrong = list.filter(({ ledger, balance }) => ledger !== balance);
    // Whoever audits believes a payment that a block lies on.
    await chain.pass(1);
    if (wrong.length === 0) return { epoch, root, claims: list };
    const more = wrong.every(({ ledger, balance }) => balance < ledger);
    if (!more || epochs === epochsMax) throw unsettled(wrong);
    progress.done('The log had not signed everything: what is left goes into another epoch.');
  }
}

/** Closed, posted, past its window, and its debits collected. */
async function finishEpoch({ chain, site, progress }: DemoSettlement): Promise<number> {
  let closes = 0;
  const number = await waitUntil(async () => {
    if (closes++ < closesMax) return site.closeEpoch().catch(orLater);
    throw new IdlewildError('demo/unsettled', 'There is nothing to close an epoch over.');
  });
  progress.update(`Epoch ${number} is closed: its trees are built and posted.`);
  await waitUntil(async () => isAt(await readEpoch(site.origin, number), ['posted', 'final']));
  progress.done(`Epoch ${number} is posted. Its window passes by the chain's clock.`);
  await chain.pass(windowSeconds + 1);
  await waitUntil(async () => isAt(await readEpoch(site.origin, number), ['final']));
  await waitForMoney(chain);
  return number;
}

async function claimAll({ chain, site, accounts }: DemoSettlement) {
  const { relayer: payer } = chain;
  const mirror = openMirror(new URL('/v1/epochs/', site.origin).href);
  const gas = new Map<Hex, number>();
  let root: Hex = '0x';
  for (const account of accounts) {
    const made = await claimOne({ payer, chain: payer.chain, mirror }, account);
    gas.set(account, Number(made.gas));
    root = made.root;
  }
  return { root, gas };
}

function unsettled(wrong: readonly DemoClaim[]): IdlewildError {
  return new IdlewildError('demo/unsettled', 'Balances are not what the ledger says.', {
    metaMessages: wrong.map((one) => `${one.account}: ${one.balance}, not ${one.ledger}.`),
  });
}

interface ShownTotals {
  totals: { credit: number; creditPending: number; creditHeld: number };
}

/** Once nothing of theirs waits for a verdict any more. */
async function readLedgers(options: DemoSettlement): Promise<DemoClaim[]> {
  const { admin, accounts, progress } = options;
  const ledgers: DemoClaim[] = [];
  for (const account of accounts) {
    const { credit } = await waitUntil(async () => {
      const { totals } = await admin.get<ShownTotals>(`/v1/admin/contributors/${account}`);
      const waiting = totals.creditPending + totals.creditHeld;
      progress.update(`${account}: ${totals.credit} earned, ${waiting} waiting for a verdict.`);
      return waiting === 0 ? totals : null;
    });
    ledgers.push({ account, ledger: credit, balance: 0, gas: 0 });
  }
  return ledgers;
}

const epochsSchema = z.object({
  epochs: z.array(z.object({ number: z.number(), state: z.string() })),
});
const epochsBytesMax = 1 << 20;

async function readEpoch(origin: string, number: number): Promise<string> {
  const answer = await fetchJson(new URL('/v1/epochs', origin), epochsBytesMax);
  const { epochs } = epochsSchema.parse(answer);
  return epochs.find((one) => one.number === number)?.state ?? 'none';
}

function isAt(state: string, wanted: readonly string[]): boolean {
  if (state !== 'struck') return wanted.includes(state);
  throw new IdlewildError('demo/unsettled', 'The epoch was struck.');
}

/** The coordinator collects debits when their epoch is final. */
async function waitForMoney({ relayer: { chain } }: DemoChain): Promise<void> {
  await waitUntil(async () => {
    const { newest } = await chain.readHead();
    const { finalEpoch, totals } = await readState(chain, newest);
    const { epoch } = await readPosted(chain, finalEpoch, newest);
    return totals.collected >= epoch.debitsTotal;
  });
}

/** What may succeed later is asked again. */
function orLater(thrown: unknown): null {
  if (toIdlewildError(thrown).retryable) return null;
  throw thrown;
}

/** @returns the first answer that is something */
async function waitUntil<Answer>(
  ask: () => Promise<Answer | null | false>,
): Promise<Exclude<Answer, false>> {
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer as Exclude<Answer, false>;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
