// What the demo brings home: vectors read back, receipts verified, a digest of the whole output,
// a semantic search over the book, and the table a person reads.
import { createHash } from 'node:crypto';
import { verifyReceipt } from '#ledger/verify-receipt.ts';
import { toHex } from '#protocol/bytes.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import type { Receipt } from '#protocol/receipt.ts';
import type { Sentence } from './book.ts';
import type { ContributorReport } from './demo-contributors.ts';
import type { SettlementReport } from './demo-settle.ts';
import { table } from './progress.ts';
import { type Batch, type Requester, readEmbedding } from './requester.ts';
import type { RunningSite } from './site.ts';

export interface Hit {
  score: number;
  chapter: string;
  text: string;
}

export interface DemoReport {
  model: string;
  units: number;
  /** Distinct units delivered, each under a receipt that was verified. */
  accepted: number;
  rejected: number;
  sentences: number;
  contributors: ContributorReport[];
  credits: number;
  /** sha256 over all vectors, float32 little-endian, in the book's order. */
  outputDigest: string;
  receiptsVerified: number;
  /** What `idlewild audit` says of the coordinator. */
  audit: string;
  seconds: number;
  query: string;
  hits: Hit[];
  settlement?: SettlementReport;
}

export interface EmbeddedBook {
  sentences: Sentence[];
  vectors: Float32Array[];
  digest: string;
  unitsDelivered: number;
  receiptsVerified: number;
}

interface Collection {
  site: RunningSite;
  requester: Requester;
  batch: Batch;
  sentences: Sentence[];
}

/** @throws receipt/... on the first receipt that does not verify */
export async function collectBook(options: Collection): Promise<EmbeddedBook> {
  const { site, requester, batch, sentences } = options;
  const vectors: Float32Array[] = new Array(sentences.length);
  const receiptIds = new Set<string>();
  const lines = batch.output_file_id ? await requester.outputLines(batch.output_file_id) : [];
  for (const { custom_id, response, x_receipts } of lines) {
    const index = Number(custom_id.replace('sentence-', ''));
    vectors[index] = readEmbedding(response.body.data[0].embedding);
    for (const id of x_receipts) receiptIds.add(id);
  }
  const hash = createHash('sha256');
  for (const vector of vectors) {
    if (vector) hash.update(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  }
  const units = new Set<string>();
  for (const id of receiptIds) {
    const receipt = decodeCbor(await requester.receipt(id)) as Receipt;
    const { payload } = await verifyReceipt(receipt, site.receiptKey);
    units.add(toHex(payload.unit));
  }
  return {
    sentences,
    vectors,
    digest: hash.digest('hex'),
    unitsDelivered: units.size,
    receiptsVerified: receiptIds.size,
  };
}

interface Search {
  requester: Requester;
  book: EmbeddedBook;
  query: string;
  model: string;
}

const HITS = 5;

/** The sentences nearest to the query by cosine; the vectors have unit length. */
export async function searchBook({ requester, book, query, model }: Search): Promise<Hit[]> {
  const [wanted] = await requester.embed(model, [query]);
  return book.sentences
    .map(({ chapter, text }, index) => {
      const score = book.vectors[index]?.reduce((sum, value, d) => sum + value * wanted[d], 0) ?? 0;
      return { score: Math.round(score * 1000) / 1000, chapter, text };
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, HITS);
}

export function printReport(report: DemoReport): void {
  const rows = report.contributors.map((contributor) => [
    contributor.account,
    contributor.backend,
    contributor.adapter,
    String(contributor.units),
    contributor.sentencesPerSecond.toFixed(1),
    String(contributor.credit),
  ]);
  const head = ['account', 'backend', 'adapter', 'units', 'sentences/s', 'credit'];
  const lines = [
    '',
    table([head, ...rows]),
    '',
    `model              ${report.model}`,
    `units accepted     ${report.accepted} of ${report.units}`,
    `results rejected   ${report.rejected}`,
    `sentences          ${report.sentences}`,
    `credit             ${report.credits} (millions of multiply-adds, replicas included)`,
    `receipts verified  ${report.receiptsVerified}`,
    `audit              ${report.audit}`,
    `output digest      ${report.outputDigest}`,
    `time               ${report.seconds} s`,
    ...(report.settlement ? describeSettlement(report.settlement) : []),
    '',
    `The book on “${report.query}”:`,
    ...report.hits.map(
      ({ score, chapter, text }) => `  ${score.toFixed(3)}  ${chapter}\n         ${text}`,
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function describeSettlement({ epoch, root, claims }: SettlementReport): string[] {
  const rows = claims.map(({ account, ledger, balance, gas }) => [
    account,
    String(ledger),
    String(balance),
    String(gas),
  ]);
  const head = ['account', 'ledger', 'balance', 'gas of the claim'];
  return [
    '',
    `Epoch ${epoch}, root ${root}, in millionths of a test dollar:`,
    table([head, ...rows]),
  ];
}
