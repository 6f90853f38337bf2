// `idlewild audit`: says in one line whether a coordinator is honest, and where it is not. `runAudit`
// is the same for tests. Exit code 0: honest; 1: not, or not to be told.
import { type Command, InvalidArgumentError } from 'commander';
import type { AuditFault } from '#ledger/audit-fault.ts';
import { auditLog, type LogAudit } from '#ledger/audit-log.ts';
import { createReceiptVerifier, type VerifiedReceipt } from '#ledger/verify-receipt.ts';
import { openWalletChain, type WalletChain } from '#ledger/wallet-chain.ts';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { headsLieOn } from '#protocol/log-rotation.ts';
import { parseVerifierKey } from '#protocol/signed-note-key.ts';
import { BOUNDED } from '#protocol/wire.ts';
import { checkClasses } from './audit-classes.ts';
import { followAudited } from './audit-follow.ts';
import { type BroughtInputs, readInputs } from './audit-inputs.ts';
import { createRateCheck, type RateCheck } from './audit-price.ts';
import { type Recomputation, recompute, type SampledUnit } from './audit-recompute.ts';
import { openSettlementAudit, type SettlementAudit } from './audit-settlement.ts';
import { type AuditedCoordinator, openAudited } from './audit-source.ts';
import { createProgress, type Progress, timeLeft } from './progress.ts';
import { createSample } from './sample.ts';

export interface AuditOptions {
  coordinator: string;
  /** Units to compute again. */
  recompute: number;
  /** File of inputs that the auditor brings (audit-inputs.ts). */
  inputs?: string;
  /** File that remembers the last checkpoint seen; the next must continue it. */
  remember?: string;
  /** Address of a node of the grants' chain, to ask about wallets that are contracts. */
  chainRpc?: string;
  /** Compares the last final epoch with its contract, by chainRpc. */
  settlement?: boolean;
  /** Verifier key that the log began with, known from elsewhere. */
  logKey?: string;
}

export interface AuditReport {
  honest: boolean;
  verdict: string;
  coordinator: string;
  origin: string;
  leaves: number;
  receipts: { open: number; sealed: number };
  contributors: number;
  credit: string;
  recomputed: number;
  /** Open receipts of wallets that are contracts: asked at their chain, or not. */
  contractWallets: WalletCounts;
  /** Credited receipts that claim no bytes. */
  bounded: number;
  withoutInput: number;
  faults: AuditFault[];
  faultsCount: number;
}

/** @throws audit/..., fetch/... where no verdict can be given */
export async function runAudit(
  options: AuditOptions,
  progress: Progress = createProgress(true),
): Promise<AuditReport> {
  const brought = await readInputs(options.inputs);
  const key = options.logKey === undefined ? undefined : parseVerifierKey(options.logKey);
  const coordinator = await openAudited(options.coordinator, { key });
  const followed = await followAudited(coordinator, options.remember);
  if (followed.state === 'refused') return makeReport(options, coordinator, followed.faults);
  const { tree, keep } = followed;
  if (!(await headsLieOn(coordinator.chain, tree))) {
    const message = 'The log changed its key on another tree than the one that it shows.';
    return makeReport(options, coordinator, [{ code: 'log/forked', leaf: null, message }]);
  }
  const sample = createSample<SampledUnit>(options.recompute);
  const walletChain = options.chainRpc ? await openWalletChain({ url: options.chainRpc }) : null;
  const rates = createRateCheck();
  const settlement = await openSettlement(options, coordinator);
  const log = await readLog(coordinator, {
    tree,
    brought,
    sample,
    rates,
    settlement,
    progress,
    walletChain,
  });
  const units = await recomputeSample(coordinator, { sample: sample.taken(), brought, progress });
  const classes = await checkClasses(coordinator, log.bounded.models);
  const settled = (await settlement?.check(tree)) ?? [];
  const unpaid = await rates.check(coordinator);
  const faults = [...log.faults, ...units.faults, ...classes, ...unpaid, ...settled];
  const report = makeReport(options, coordinator, faults, log, units);
  if (settlement && report.honest) report.verdict += ` Settlement: ${settlement.words}.`;
  if (report.honest) await keep();
  return report;
}

/** @throws audit/no-chain, settlement/not-set, chain/... */
async function openSettlement(
  { settlement, chainRpc }: AuditOptions,
  coordinator: AuditedCoordinator,
): Promise<SettlementAudit | null> {
  if (!settlement) return null;
  if (chainRpc !== undefined) return openSettlementAudit(coordinator, chainRpc);
  throw new IdlewildError('audit/no-chain', 'A settlement is compared with its chain.', {
    metaMessages: ['Name a node of it by --chain-rpc.'],
  });
}

interface LogPass {
  tree: Parameters<typeof auditLog>[0]['tree'];
  brought: BroughtInputs;
  sample: ReturnType<typeof createSample<SampledUnit>>;
  rates: RateCheck;
  settlement: SettlementAudit | null;
  progress: Progress;
  walletChain: WalletChain | null;
}

interface WalletCounts {
  checked: number;
  unchecked: number;
}

/** Receipts that claim no bytes, and the models that they name, each with a leaf that does. */
interface BoundedReceipts {
  count: number;
  models: Map<string, number>;
}

type FollowedLog = LogAudit & { bounded: BoundedReceipts; wallets: WalletCounts };

async function readLog(
  coordinator: AuditedCoordinator,
  { tree, brought, sample, rates, settlement, progress, walletChain }: LogPass,
): Promise<FollowedLog> {
  const started = performance.now();
  const verifier = createReceiptVerifier(walletChain);
  const wallets: WalletCounts = { checked: 0, unchecked: 0 };
  const bounded: BoundedReceipts = { count: 0, models: new Map() };
  const offer = (leaf: number, { payload, wallet }: VerifiedReceipt) => {
    if (wallet === 'chain') wallets.checked++;
    if (wallet === 'unchecked') wallets.unchecked++;
    if (payload.kind !== 'credited') return;
    rates.offer(leaf, payload);
    if (payload.arithmetic === BOUNDED) {
      bounded.count++;
      bounded.models.set(toHex(payload.model), leaf);
    } else sample.offer(toHex(payload.unit), { leaf, payload });
  };
  const unsealed: [leaf: number, payload: Uint8Array][] = [];
  const { hostname, rotations, source } = coordinator;
  const log = await auditLog({
    source,
    tree,
    hostname,
    rotations,
    walletChain,
    onReceipt: offer,
    onEntry: (leaf, entry) => settlement?.take(leaf, entry),
    onSealed(leaf, commitment) {
      const payload = brought.sealed.get(toHex(commitment));
      if (payload) unsealed.push([leaf, payload]);
    },
    onProgress(leaves) {
      const left = timeLeft(leaves, tree.size, performance.now() - started);
      progress.update(`${leaves} of ${tree.size} receipts checked ${left}`.trimEnd());
    },
  });
  for (const [leaf, payload] of unsealed) offer(leaf, await verifier.verifyPayload(payload));
  progress.done(`${tree.size} receipts checked.`);
  return { ...log, bounded, wallets };
}

interface UnitPass {
  sample: SampledUnit[];
  brought: BroughtInputs;
  progress: Progress;
}

async function recomputeSample(
  coordinator: AuditedCoordinator,
  { sample, brought, progress }: UnitPass,
): Promise<Recomputation> {
  const started = performance.now();
  return recompute(coordinator, {
    units: sample,
    inputs: brought.inputs,
    onProgress(done) {
      const left = timeLeft(done, sample.length, performance.now() - started);
      progress.update(`${done} of ${sample.length} units computed again ${left}`.trimEnd());
    },
  });
}

function makeReport(
  options: AuditOptions,
  { trust }: AuditedCoordinator,
  faults: AuditFault[],
  log?: FollowedLog,
  units?: Recomputation,
): AuditReport {
  const count = Math.max(faults.length, (log?.faultsCount ?? 0) + (units?.faults.length ?? 0));
  const recomputed = units?.recomputed ?? 0;
  const { open = 0, sealed = 0 } = log?.receipts ?? {};
  const withoutInput = units?.withoutInput ?? 0;
  const left = withoutInput > 0 ? `, ${withoutInput} left out, whose input is kept no longer` : '';
  const again =
    options.recompute > 0 ? `, ${recomputed} units computed again to the byte${left}` : '';
  const nearly = log?.bounded.count
    ? `, ${log.bounded.count} of them bounded: compared within their model's tolerance`
    : '';
  const wallets = log?.wallets ?? { checked: 0, unchecked: 0 };
  const contracts = describeWallets(wallets);
  const checked = `${open} open (each from wallet to credit${again}${nearly}${contracts}), ${sealed} sealed`;
  const [first] = faults;
  const more = count > 1 ? ` (and ${count - 1} more)` : '';
  const verdict = first
    ? `Not honest: ${first.message} (${first.code})${more}`
    : `Honest: ${open + sealed} receipts are in the log as signed and paid as they say: ${checked}.`;
  return {
    honest: faults.length === 0,
    verdict,
    coordinator: options.coordinator,
    origin: trust.origin,
    leaves: log?.leaves ?? 0,
    receipts: log?.receipts ?? { open: 0, sealed: 0 },
    contributors: log?.contributors ?? 0,
    credit: String(log?.credit ?? 0n),
    recomputed,
    contractWallets: wallets,
    bounded: log?.bounded.count ?? 0,
    withoutInput,
    faults,
    faultsCount: count,
  };
}

/** Only their chain can tell what contracts signed. */
function describeWallets({ checked, unchecked }: WalletCounts): string {
  const asked =
    checked > 0 ? `, ${checked} of wallets that are contracts, asked at their chain` : '';
  return unchecked > 0
    ? `${asked}, ${unchecked} of wallets that are contracts, whose signature was not checked`
    : asked;
}

interface Flags extends AuditOptions {
  json: boolean;
}

function readWhole(text: string): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number up to 999999.');
}

export function addAudit(program: Command): void {
  program
    .command('audit')
    .description('check a coordinator: its log, every receipt, its books, and random units')
    .requiredOption('--coordinator <url>', 'address of the coordinator')
    .option('--recompute <n>', 'random units of open batches to compute again', readWhole, 0)
    .option('--inputs <file>', 'inputs, and private receipts, that you bring (JSON lines)')
    .option('--remember <file>', 'keeps the checkpoint seen; the next audit demands its like')
    .option('--chain-rpc <url>', "node of the grants' chain: asks wallets that are contracts")
    .option('--settlement', 'the last final epoch too: log, files and contract, by --chain-rpc')
    .option('--log-key <vkey>', 'verifier key that the log began with, if you know it')
    .option('--json', 'print one JSON object on stdout', false)
    .addHelpText('after', '\nExit code 0: honest; 1: not, or no verdict could be given.')
    .action(async (flags: Flags) => {
      const report = await runAudit(flags, createProgress(false)).catch((thrown: unknown) => {
        const { code, shortMessage } = toIdlewildError(thrown);
        throw new IdlewildError(code, `No verdict: ${shortMessage}`, { cause: thrown });
      });
      if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
      else {
        const { faults, verdict } = report;
        for (const { message, code } of faults) process.stderr.write(`${message} (${code})\n`);
        process.stdout.write(`${verdict}\n`);
      }
      if (!report.honest) process.exitCode = 1;
    });
}
