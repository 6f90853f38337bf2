// A final epoch on a real chain and a mirror of its files, for the tests of claims: what the mirror
// serves can be changed, as a thief would.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { EpochRunner } from '#settlement/advance-epoch.ts';
import { advanceTransactions } from '#settlement/advance-transactions.ts';
import type { EpochBooks } from '#settlement/epoch-books.ts';
import { folderOfEpoch } from '#settlement/epoch-files.ts';
import { proofOfOrder } from '#settlement/proof-file.ts';
import { openProofs } from '#settlement/read-proofs.ts';
import { collectCall } from '#settlement/settlement-calls.ts';
import { submitCall } from '#settlement/submit-call.ts';
import { makeTestFolder } from '../settlement/epoch-lab.ts';
import { makePaidBooks, makeRunner, runTo } from '../settlement/epoch-life.ts';
import type { SettlementLab } from '../settlement/settlement-lab.ts';

interface Mirror {
  /** The coordinator that it stands for. */
  origin: string;
  /** Of the epochs' folders. */
  url: string;
  /** What it says instead of a file, by the file's name in its epoch's folder. */
  lies: Map<string, string | null>;
}

export interface ClaimLab {
  folder: string;
  runner: EpochRunner;
  mirror: Mirror;
  /** In the ledger's credit, ten to a base unit; changed here, they are the next epoch's. */
  books: EpochBooks;
  /** Closes an epoch over the books, sees it final, and collects its debits. */
  closeEpoch(): Promise<void>;
}

export async function openClaimLab(lab: SettlementLab, accounts: number): Promise<ClaimLab> {
  const folder = await makeTestFolder();
  let taken = 0n;
  const runner = makeRunner(lab, folder, () => claims.books);
  const claims: ClaimLab = {
    folder,
    runner,
    mirror: await openMirror(lab, folder),
    books: makePaidBooks(lab, accounts),
    async closeEpoch() {
      await lab.node.request('evm_setAutomine', [false]);
      const { number, written } = await runTo(lab, runner, 'final');
      const { order, orderHash, orderSignature: signature } = lab;
      const wanted = { tree: 'debits', address: order.requester } as const;
      const file = await openProofs(folder, { number, epoch: written!.epoch }, wanted);
      const debit = proofOfOrder(file, order.requester, orderHash)!;
      await submitCall(lab.sender, collectCall({ order, orderHash, signature, taken, ...debit }));
      await lab.mine(2);
      await advanceTransactions(lab.sender);
      taken = debit.cumulative;
      // Whoever claims waits for a block of its own.
      await lab.node.request('evm_setAutomine', [true]);
    },
  };
  return claims;
}

async function openMirror(lab: SettlementLab, folder: string): Promise<Mirror> {
  const lies: Mirror['lies'] = new Map();
  const server = createServer(async (request, response) => {
    const [, , , number, ...rest] = new URL(request.url ?? '/', 'http://mirror').pathname.split(
      '/',
    );
    if (number === undefined) {
      const epochs = { contract: lab.settlement, chain_id: lab.chain.chainId, epochs: [] };
      return void response.end(JSON.stringify(epochs));
    }
    const name = rest.join('/');
    const file = path.join(folderOfEpoch(folder, Number(number)), name);
    const text = lies.has(name) ? lies.get(name) : await readFile(file).catch(() => null);
    if (text === null) response.statusCode = 404;
    response.end(text ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, url: `${origin}/v1/epochs/`, lies };
}
