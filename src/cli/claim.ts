// `idlewild claim`: pays contributors what is final and was not paid yet. Anyone may claim for anyone,
// and the money goes to the account that earned it: so a relayer serves people who have no gas.
import type { Command } from 'commander';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { openMirror } from './epoch-mirror.ts';
import { type Claims, claimAll, claimOne } from './make-claims.ts';
import { addPayerFlags, openPayer, type PayerFlags } from './payer-flags.ts';
import { createProgress, table } from './progress.ts';
import type { Payer } from './send-call.ts';
import {
  addSettlementFlags,
  openSettlement,
  readAddress,
  type SettlementClient,
  type SettlementFlags,
} from './settlement-client.ts';
import { formatAmount, parseAmount } from './token-amount.ts';

interface ClaimFlags extends SettlementFlags, PayerFlags {
  files?: string;
  account?: Hex;
  all: boolean;
  min?: string;
  dryRun: boolean;
  json: boolean;
}

export function addClaim(program: Command): void {
  const claim = program
    .command('claim')
    .description('claim credit that is final, for one account or for everybody')
    .option('--account <address>', "the contributor's; by default the sender's", readAddress)
    .option('--all', 'everybody, many in a transaction', false)
    .option('--min <amount>', 'with --all: leave accounts with less to claim for later')
    .option('--files <url>', "a mirror of the epochs' files; by default the coordinator's")
    .option('--dry-run', 'say what could be claimed, and send nothing', false)
    .option('--json', 'print one JSON object on stdout', false);
  addPayerFlags(addSettlementFlags(claim)).action(runClaim);
}

async function runClaim(flags: ClaimFlags): Promise<void> {
  checkFlags(flags);
  const progress = createProgress(flags.json && !process.stderr.isTTY);
  const client = await openSettlement(flags);
  const { chain, token } = client;
  const payer = flags.dryRun && !flags.keyFile ? null : await openPayer(flags, chain, progress);
  const mirror = openMirror(flags.files ?? new URL('/v1/epochs/', flags.coordinator).href);
  const options = { chain, mirror, payer: flags.dryRun ? null : payer };
  const claims = flags.all
    ? await claimAll({
        ...options,
        min: flags.min === undefined ? 1n : parseAmount(flags.min, token, '--min'),
        onProgress: (seen, dues) => progress.update(`${seen} accounts read, ${dues} have a due.`),
      })
    : await claimOne(options, flags.account ?? accountOf(payer));
  if (claims.hidden !== 0n) {
    const hidden = formatAmount(claims.hidden, token);
    progress.done(`Credit of ${hidden} lies in files that are not shown here: try another mirror.`);
  }
  const text = flags.json ? JSON.stringify(toJson(claims, client)) : words(claims, client);
  process.stdout.write(`${text}\n`);
}

function checkFlags({ all, account, min, files, coordinator, settlement }: ClaimFlags): void {
  const fault = all && account !== undefined ? '--all and --account exclude each other.' : null;
  const alone = min !== undefined && !all ? '--min belongs to --all.' : null;
  const nowhere =
    coordinator === undefined && (files === undefined || settlement === undefined)
      ? 'Give --coordinator, or both --files and --settlement.'
      : null;
  const wrong = fault ?? alone ?? nowhere;
  if (wrong !== null) throw new IdlewildError('claim/bad-flags', wrong);
}

function accountOf(payer: Payer | null): Hex {
  if (payer) return payer.account.address.toLowerCase() as Hex;
  throw new IdlewildError('claim/nobody', 'For whom?', {
    metaMessages: ["Give --account, --all, or --key-file for the key's own account."],
  });
}

/** Amounts are decimal strings of base units. */
function toJson(claims: Claims, { chain, token }: SettlementClient) {
  return {
    contract: chain.settlement,
    chain_id: chain.chainId,
    token,
    epoch: claims.epoch,
    root: claims.root,
    claims: claims.claims.map(({ account, earned, paid, claimed, transaction }) => ({
      account,
      earned: String(earned),
      paid: String(paid + claimed),
      claimed: String(claimed),
      transaction,
    })),
    transactions: claims.transactions.map(({ hash, block, gas, accounts }) => ({
      hash,
      block: Number(block),
      gas: Number(gas),
      accounts,
    })),
    hidden: String(claims.hidden),
  };
}

function words(claims: Claims, { token }: SettlementClient): string {
  if (claims.claims.length === 0) return `Epoch ${claims.epoch}: nothing is due.`;
  const amount = (value: bigint) => formatAmount(value, { ...token, symbol: '' });
  const rows = claims.claims.map(({ account, earned, paid, claimed, transaction }) => [
    account,
    amount(earned),
    amount(paid),
    amount(claimed),
    transaction ?? 'none',
  ]);
  const unit = token.symbol || 'tokens';
  const head = ['account', `earned (${unit})`, 'paid before', 'claimed now', 'transaction'];
  const lines = [`Epoch ${claims.epoch}, root ${claims.root}`, '', table([head, ...rows]), ''];
  const sent = claims.transactions.length;
  lines.push(sent === 0 ? 'Nothing was sent.' : `${sent} transactions, ${claims.gas} gas.`);
  return lines.join('\n');
}
