// The settlement's part of an audit: the last final epoch, as its contract has it, against its files and
// against the public log; and what the contract took and paid against that, to the unit.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isAddress } from 'viem/utils';
import { z } from 'zod';
import type { AuditFault } from '#ledger/audit-fault.ts';
import { readPayer } from '#ledger/payers.ts';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { LogEntry } from '#protocol/log-entry.ts';
import { verifyConsistency } from '#protocol/merkle-verify.ts';
import type { TileTree } from '#protocol/tile-reader.ts';
import { type Chain, openChain } from '#settlement/chain.ts';
import { compareCredits } from '#settlement/compare-credits.ts';
import type { Debit, Hex } from '#settlement/epoch-books.ts';
import { folderOfEpoch, type ReadEpoch, readEpochFiles } from '#settlement/epoch-files.ts';
import { buildCreditsTree, buildDebitsTree } from '#settlement/epoch-tree.ts';
import { readChainPicture } from '#settlement/read-chain-picture.ts';
import { readPosted, readState } from '#settlement/read-settlement.ts';
import { type Difference, reconcile } from '#settlement/reconcile.ts';
import { sha256 } from '#sha256';
import type { AuditedCoordinator } from './audit-source.ts';

export interface SettlementAudit {
  /** Each leaf of the log that can be believed. */
  take(leaf: number, entry: LogEntry): void;
  /** @param tree the log as it was signed last */
  check(tree: TileTree): Promise<AuditFault[]>;
  /** For the verdict. */
  words: string;
}

const answerBytesMax = 4 << 20;
const confirmations = 2;
const noRequester: Hex = `0x${'0'.repeat(40)}`;

const termsSchema = z.object({
  contract: z.string().refine((text) => isAddress(text)),
  chain_id: z.int().positive(),
  credits_per_token_unit: z.int().positive(),
  from_block: z.int().min(0),
});
const manifestSchema = z.object({
  files: z.array(z.object({ name: z.string().regex(/^(credits|debits)\/[0-9a-f]{3}\.json$/) })),
});

/** @throws settlement/not-set, chain/... */
export async function openSettlementAudit(
  coordinator: Pick<AuditedCoordinator, 'read'>,
  url: string,
): Promise<SettlementAudit> {
  const said = termsSchema.safeParse(parse(await coordinator.read('/v1/epochs', answerBytesMax)));
  if (!said.success) {
    throw new IdlewildError('settlement/not-set', 'This coordinator settles on no chain.');
  }
  const { contract, chain_id: chainId, credits_per_token_unit, from_block } = said.data;
  const settlement = contract.toLowerCase() as Hex;
  const chain = await openChain({ url, chainId, settlement, confirmations });
  const { believed } = await chain.readHead();
  const { finalEpoch: number } = await readState(chain, believed);
  if (number === 0) {
    const words = 'no epoch is final yet';
    return { take() {}, check: async () => [], words };
  }
  const { epoch } = await readPosted(chain, number, believed);
  const sums = createSums(Number(epoch.logSize));
  const creditsPerTokenUnit = BigInt(credits_per_token_unit);
  return {
    take: sums.take,
    async check(tree) {
      const files = await fetchEpoch(coordinator, number);
      if ('fault' in files) return [files.fault];
      const compared = { chain, number, fromBlock: BigInt(from_block), creditsPerTokenUnit };
      return (await compare({ ...compared, files, sums, tree })).map(toFault);
    },
    words: `epoch ${number} on chain ${chainId} is what the log says, to the unit`,
  };
}

interface Sums {
  take(leaf: number, entry: LogEntry): void;
  /** Earned less spent, by account. */
  net: Map<Hex, bigint>;
  /** By order. */
  debits: Map<Hex, bigint>;
}

/** What is backed, of the leaves below the epoch's checkpoint. */
function createSums(size: number): Sums {
  const net = new Map<Hex, bigint>();
  const debits = new Map<Hex, bigint>();
  const add = (sums: Map<Hex, bigint>, key: Hex, amount: bigint) =>
    sums.set(key, (sums.get(key) ?? 0n) + amount);
  return {
    net,
    debits,
    take(leaf, entry) {
      if (leaf >= size || entry.kind === 'rotation') return;
      const payer = readPayer(entry.payer);
      const credit = BigInt(entry.credit);
      if (payer?.kind === 'order') add(debits, payer.hash, credit);
      else if (payer?.kind === 'credit') add(net, payer.account, -credit);
      else return;
      add(net, entry.account.toLowerCase() as Hex, credit);
    },
  };
}

/** Its files as they are served, checked against the manifest; roots are compared with the chain's. */
async function fetchEpoch(
  { read }: Pick<AuditedCoordinator, 'read'>,
  number: number,
): Promise<ReadEpoch | { fault: AuditFault }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-audit-'));
  try {
    const home = folderOfEpoch(folder, number);
    const fetchTo = async (name: string) => {
      const bytes = await read(`/v1/epochs/${number}/${name}`, answerBytesMax);
      if (bytes) await writeFile(path.join(home, name), bytes);
      return bytes;
    };
    for (const tree of ['credits', 'debits']) {
      await mkdir(path.join(home, tree), { recursive: true });
    }
    const bytes = await fetchTo('epoch.json');
    const manifest = manifestSchema.safeParse(parse(bytes));
    if (!bytes || !manifest.success) return { fault: lost(`epoch ${number}`) };
    for (const { name } of manifest.data.files) await fetchTo(name);
    return await readEpochFiles(folder, number, toHex(sha256(bytes)));
  } catch (thrown) {
    if (!(thrown instanceof IdlewildError && thrown.code.startsWith('settlement/'))) throw thrown;
    return { fault: { code: thrown.code, leaf: null, message: thrown.shortMessage } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Compared {
  chain: Chain;
  number: number;
  fromBlock: bigint;
  creditsPerTokenUnit: bigint;
  files: ReadEpoch;
  sums: Sums;
  tree: TileTree;
}

async function compare(compared: Compared): Promise<Difference[]> {
  const { chain, number, fromBlock, creditsPerTokenUnit, files, sums, tree } = compared;
  const { epoch, books, withheld = [] } = files;
  const picture = await readChainPicture(chain, { fromBlock, epochs: [number] });
  const size = Math.min(Number(epoch.logSize), tree.size);
  const debits = toDebits(sums.debits, books.debits, creditsPerTokenUnit);
  const { credits } = books;
  return [
    // In the token's units on both sides: which device is whose is the coordinator's to know.
    ...reconcile({
      ledger: { number, epoch, books },
      log: { size, root: await proveRoot(tree, epoch), books: { credits, debits } },
      chain: picture,
      creditsPerTokenUnit: 1n,
      roots: {
        creditsRoot: buildCreditsTree(books).root,
        debitsRoot: buildDebitsTree(books).root,
      },
    }),
    ...compareCredits({ leaves: credits, net: sums.net, withheld, creditsPerTokenUnit }),
  ];
}

/** An order's requester is not in the log; its leaf names it. */
function toDebits(
  sums: ReadonlyMap<Hex, bigint>,
  leaves: readonly Debit[],
  creditsPerTokenUnit: bigint,
): Debit[] {
  const requesters = new Map(leaves.map(({ order, requester }) => [order, requester]));
  return [...sums].map(([order, credit]) => ({
    order,
    requester: requesters.get(order) ?? noRequester,
    cumulative: (credit + creditsPerTokenUnit - 1n) / creditsPerTokenUnit,
  }));
}

/** The epoch's root if the signed log continues it, else one that is none. */
async function proveRoot(tree: TileTree, { logRoot, logSize }: ReadEpoch['epoch']): Promise<Hex> {
  const size1 = Number(logSize);
  if (size1 > tree.size) return '0x';
  const proof = size1 === 0 ? [] : await tree.consistencyProof(size1);
  const root1 = fromHex(logRoot.slice(2));
  const claim = { size1, root1, size2: tree.size, root2: tree.root, proof };
  return verifyConsistency(claim) ? logRoot : '0x';
}

function toFault({ code, subject, expected, found }: Difference): AuditFault {
  return { code, leaf: null, message: `Of ${subject}: expected ${expected}, found ${found}.` };
}

function lost(what: string): AuditFault {
  const message = `The coordinator does not show the files of ${what}.`;
  return { code: 'settlement/files-lost', leaf: null, message };
}

function parse(bytes: Uint8Array | null): unknown {
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
