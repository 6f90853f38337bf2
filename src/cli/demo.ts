// `npm run demo`: the main job end to end on one machine. Model, coordinator, batch, three
// headless contributors, verified results, receipts checked, and a search over the book; with --settle
// a chain beside it, on which a requester pays and every contributor is paid.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { openAdmin } from './admin-client.ts';
import { runAudit } from './audit.ts';
import { readBook } from './book.ts';
import { type DemoChain, openDemoChain } from './demo-chain.ts';
import { type ContributorReport, contribute } from './demo-contributors.ts';
import { collectBook, type DemoReport, printReport, searchBook } from './demo-report.ts';
import { fundDemo, payBy, type SettlementReport, settleDemo } from './demo-settle.ts';
import { createProgress, type Progress, timeLeft } from './progress.ts';
import { type Batch, createRequester, type Requester } from './requester.ts';
import { type RunningSite, startSite } from './site.ts';

interface DemoOptions {
  sentences: number;
  query: string;
  json: boolean;
  laboratory: boolean;
  settle: boolean;
  keep: boolean;
}

const SENTENCES_MAX = 50_000;

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > SENTENCES_MAX) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${SENTENCES_MAX}.`);
  }
  return value;
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('embed a real book with three headless contributors, verify it, and search it')
    .option('--sentences <n>', 'how many sentences of Moby-Dick', positiveInteger, 2000)
    .option('--query <words>', 'what to search the book for', 'the whiteness of the whale')
    .option('--json', 'print one JSON object on stdout', false)
    .option('--no-laboratory', 'keep the rule that one address never checks itself')
    .option('--settle', 'pay the contributors through a contract on a local chain', false)
    .option('--keep', 'keep the temporary folder, and say where it is', false)
    .action(async (options: DemoOptions) => {
      const report = await runDemo(options);
      if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
      else printReport(report);
    });
}

/** @throws demo/incomplete unless every unit was accepted and every receipt verified; demo/unsettled */
async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const progress = createProgress(false);
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-demo-'));
  let [site, chain]: [RunningSite | null, DemoChain | null] = [null, null];
  try {
    chain = options.settle ? await openDemoChain() : null;
    if (chain) progress.done(`Chain at ${chain.node.url}, the contract ${chain.contract} on it.`);
    const adminTokenFile = path.join(folder, 'admin-token');
    const adminToken = randomBytes(32).toString('base64');
    await writeFile(adminTokenFile, adminToken, { mode: 0o600 });
    site = await startSite({
      dataFolder: path.join(folder, 'data'),
      port: 0,
      laboratory: options.laboratory,
      progress,
      ...(chain && { paid: { adminToken, ...payBy(chain) } }),
    });
    return await workThrough({ options, site, chain, adminTokenFile, progress });
  } finally {
    await site?.close();
    await chain?.close();
    if (options.keep) progress.done(`Kept ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

interface DemoRun {
  options: DemoOptions;
  site: RunningSite;
  chain: DemoChain | null;
  adminTokenFile: string;
  progress: Progress;
}

async function workThrough(run: DemoRun): Promise<DemoReport> {
  const { options, site, chain, progress } = run;
  const started = performance.now();
  const requester = createRequester({ coordinator: site.origin, apiKey: site.apiKey });
  const payment = chain && (await fundDemo(chain, requester, progress));
  const sentences = readBook(options.sentences);
  const lines = sentences.map(({ text }, index) => batchLine(index, site.modelName, text));
  const fileId = await requester.upload(`${lines.join('\n')}\n`, 'moby-dick.jsonl');
  const { id } = await requester.createBatch(fileId, { open: true, ...(payment && { payment }) });
  progress.done(`Batch ${id}: ${sentences.length} sentences of Moby-Dick.`);

  const { batch, contributors } = await compute({ site, requester, id, progress });
  const book = await collectBook({ site, requester, batch, sentences });
  const hits = await searchBook({ requester, book, query: options.query, model: site.modelName });
  const settlement = chain && (await settle({ ...run, chain }, contributors));
  const paid = chain && { settlement: true, chainRpc: chain.node.url };
  const audited = { coordinator: site.origin, recompute: unitsRecomputed, ...paid };
  const audit = await runAudit(audited, progress);
  const report: DemoReport = {
    model: site.modelId,
    units: batch.x_units.total,
    accepted: book.unitsDelivered,
    rejected: contributors.reduce((sum, { rejected }) => sum + rejected, 0),
    sentences: sentences.length,
    contributors,
    credits: contributors.reduce((sum, { credit }) => sum + credit, 0),
    outputDigest: book.digest,
    receiptsVerified: book.receiptsVerified,
    audit: audit.verdict,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    query: options.query,
    hits,
    ...(settlement && { settlement }),
  };
  assertComplete(report, batch);
  if (!audit.honest) throw new IdlewildError('demo/audit', audit.verdict);
  return report;
}

async function settle(
  { site, chain, adminTokenFile, progress }: DemoRun & { chain: DemoChain },
  contributors: readonly ContributorReport[],
): Promise<SettlementReport> {
  const admin = await openAdmin({ coordinator: site.origin, adminTokenFile, json: false });
  const accounts = contributors.map(({ account }) => account as Hex);
  return settleDemo({ chain, site, admin, accounts, progress });
}

/** Units that the demo's audit computes again. */
const unitsRecomputed = 2;

function batchLine(index: number, model: string, input: string): string {
  return JSON.stringify({
    custom_id: `sentence-${index}`,
    method: 'POST',
    url: '/v1/embeddings',
    body: { model, input, encoding_format: 'base64' },
  });
}

interface Computation {
  site: RunningSite;
  requester: Requester;
  id: string;
  progress: Progress;
}

async function compute({ site, requester, id, progress }: Computation) {
  const started = performance.now();
  const crew = contribute(site.origin, progress);
  const watching = requester.waitForBatch(id, ({ x_units, status }) => {
    const { completed, total, being_checked } = x_units;
    const left = timeLeft(completed + being_checked, total, performance.now() - started);
    const units = `${completed} of ${total} units verified, ${being_checked} being checked`;
    progress.update(`${status}: ${units}  ${left}  ${crew.line()}`);
  });
  const batch = await Promise.race([watching, crew.failed]);
  progress.done(`${batch.status}: ${batch.x_units.completed} of ${batch.x_units.total} units.`);
  const contributors = await crew.finish();
  return { batch, contributors };
}

function assertComplete(report: DemoReport, batch: Batch): void {
  const { completed, total, failed } = batch.request_counts;
  const faults: string[] = [];
  if (batch.status !== 'completed') faults.push(`The batch ended as ${batch.status}.`);
  if (failed > 0 || completed !== total) faults.push(`${completed} of ${total} lines completed.`);
  if (report.accepted !== report.units) {
    faults.push(`${report.accepted} of ${report.units} units were accepted.`);
  }
  if (report.receiptsVerified < report.accepted) {
    faults.push(`${report.receiptsVerified} receipts verified.`);
  }
  for (const { account, backend, units } of report.contributors) {
    if (units === 0) faults.push(`Contributor ${account} (${backend}) computed no unit.`);
  }
  if (faults.length > 0) {
    throw new IdlewildError('demo/incomplete', 'The demo did not finish as it should.', {
      metaMessages: faults,
    });
  }
}
