// Claims for one account or for all: what the final epoch credits, less what was paid, checked against
// the root on the chain before anything is signed. For many, the leaves of one transaction go under one
// multiproof; an account that was paid meanwhile, or whom the token refuses, is passed by.
import { parseEventLogs, type TransactionReceipt } from 'viem';
import { IdlewildError } from '#protocol/errors.ts';
import type { Chain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { type ProofFile, proofOfAccount, proveMany } from '#settlement/proof-file.ts';
import { readPosted, readState } from '#settlement/read-settlement.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { claimCall, claimManyCall } from '#settlement/settlement-calls.ts';
import type { EpochMirror, FinalEpoch } from './epoch-mirror.ts';
import { readClaimedOf } from './read-claimed.ts';
import { type Payer, sendCall } from './send-call.ts';

/** Amounts in base units of the token. */
interface Claim {
  account: Hex;
  /** All that is final. */
  earned: bigint;
  /** Before. */
  paid: bigint;
  /** Now; 0 where the token refused, or somebody else was first. */
  claimed: bigint;
  transaction: Hex | null;
}

interface SentClaims {
  hash: Hex;
  block: bigint;
  gas: bigint;
  accounts: number;
}

export interface Claims {
  epoch: number;
  root: Hex;
  claims: Claim[];
  transactions: SentClaims[];
  gas: bigint;
  /** Credit of the epoch that lies in files which this mirror did not show. */
  hidden: bigint;
}

export interface ClaimOptions {
  /** Null: a dry run. */
  payer: Payer | null;
  chain: Chain;
  mirror: EpochMirror;
}

/** Accounts of one transaction: 6.6 million gas where none of them ever held the token. */
const batchAccountsMax = 100;

/** What the contract counts now; no node's or coordinator's word but the chain's. */
async function readFinal(chain: Chain): Promise<FinalEpoch> {
  const { newest } = await chain.readHead();
  const { finalEpoch } = await readState(chain, newest);
  if (finalEpoch === 0) {
    throw new IdlewildError('claim/nothing-final', 'No epoch is final yet.', {
      retryable: true,
      metaMessages: ['Credit can be claimed when the window of its epoch is over.'],
    });
  }
  const { epoch } = await readPosted(chain, finalEpoch, newest);
  const { creditsRoot, creditsTotal } = epoch;
  return { number: finalEpoch, creditsRoot, creditsTotal };
}

/** @throws claim/..., settlement/..., chain/..., fetch/... */
export async function claimOne(options: ClaimOptions, account: Hex): Promise<Claims> {
  const run = new ClaimRun(options, await readFinal(options.chain));
  const file = await options.mirror.readFileOf(run.epoch, account);
  const proof = file && proofOfAccount(file, account);
  const earned = proof?.cumulative ?? 0n;
  const [paid] = await readClaimedOf(options.chain, [account]);
  const claim: Claim = { account, earned, paid, claimed: 0n, transaction: null };
  run.result.claims.push(claim);
  if (proof && earned > paid) {
    await run.send([claim], `claim for ${account}`, claimCall(proof, paid).data);
  }
  return run.result;
}

export interface ManyOptions extends ClaimOptions {
  /** Accounts with less to claim are left for later. */
  min: bigint;
  onProgress?(accounts: number, dues: number): void;
}

/** For everybody to whom at least `min` is due. */
export async function claimAll(options: ManyOptions): Promise<Claims> {
  const { chain, mirror, min, onProgress = () => {} } = options;
  const run = new ClaimRun(options, await readFinal(chain));
  let [seen, sum] = [0, 0n];
  let batch: { files: ProofFile[]; dues: Claim[] } = { files: [], dues: [] };
  for (const name of await mirror.listFiles(run.epoch)) {
    const file = await mirror.readFile(run.epoch, name);
    const leaves = (file?.values ?? []).map(({ value: [account, cumulative] }) => ({
      account: account as Hex,
      earned: BigInt(cumulative),
    }));
    if (!file || leaves.length === 0) continue;
    const paid = await readClaimedOf(
      chain,
      leaves.map(({ account }) => account),
    );
    for (const [i, { account, earned }] of leaves.entries()) {
      seen++;
      sum += earned;
      if (earned <= paid[i] || earned - paid[i] < min) continue;
      const claim: Claim = { account, earned, paid: paid[i], claimed: 0n, transaction: null };
      run.result.claims.push(claim);
      batch.dues.push(claim);
      if (batch.files.at(-1) !== file) batch.files.push(file);
      if (batch.dues.length < batchAccountsMax) continue;
      await run.sendMany(batch.files, batch.dues);
      batch = { files: [], dues: [] };
    }
    onProgress(seen, run.result.claims.length);
  }
  if (batch.dues.length > 0) await run.sendMany(batch.files, batch.dues);
  run.result.hidden = run.epoch.creditsTotal - sum;
  return run.result;
}

class ClaimRun {
  readonly epoch: FinalEpoch;
  readonly result: Claims;
  readonly #options: ClaimOptions;

  constructor(options: ClaimOptions, epoch: FinalEpoch) {
    this.#options = options;
    this.epoch = epoch;
    const { number, creditsRoot: root } = epoch;
    this.result = { epoch: number, root, claims: [], transactions: [], gas: 0n, hidden: 0n };
  }

  async sendMany(files: readonly ProofFile[], dues: readonly Claim[]): Promise<void> {
    const accounts = dues.map(({ account }) => account);
    const { data } = claimManyCall(`${this.epoch.number}/cli`, proveMany(files, accounts));
    await this.send(dues, `claim for ${dues.length} accounts`, data);
  }

  async send(dues: readonly Claim[], doing: string, data: Hex): Promise<void> {
    const { payer, chain } = this.#options;
    if (payer === null) return;
    const receipt = await sendCall(payer, { to: chain.settlement, data, doing });
    const { transactionHash: hash, blockNumber: block, gasUsed: gas } = receipt;
    this.result.transactions.push({ hash, block, gas, accounts: dues.length });
    this.result.gas += gas;
    const amounts = readPayments(receipt, chain.settlement);
    for (const claim of dues) {
      claim.claimed = amounts.get(claim.account) ?? 0n;
      claim.transaction = hash;
    }
  }
}

/** By account. What the contract says that it paid, not what was asked for. */
function readPayments({ logs }: TransactionReceipt, settlement: Hex): Map<Hex, bigint> {
  const own = logs.filter(({ address }) => address.toLowerCase() === settlement.toLowerCase());
  const events = parseEventLogs({ abi: settlementAbi, eventName: 'Claimed', logs: own });
  return new Map(
    events.map(({ args }) => [args.account.toLowerCase() as Hex, args.amount] as const),
  );
}
