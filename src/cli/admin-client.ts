// The operator's side of the admin API, for the commands that make and revoke. They talk to the
// running coordinator and never open its folder: two processes on one would lose rows.
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { IdlewildError } from '#protocol/errors.ts';
import { environmentName } from './settings.ts';

export interface AdminFlags {
  coordinator: string;
  adminTokenFile?: string;
  json: boolean;
}

const tokenName = environmentName('admin-token');
const answerMs = 30_000;
/** What takes long may take any time, but not so long without a byte of progress. */
const stalledMsMax = 2 * 60_000;

/** Gives a command what it needs to reach a coordinator as its operator. */
export function addAdminFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--coordinator <url>', 'address of the running coordinator')
        .env(environmentName('coordinator'))
        .default('http://localhost:8787'),
    )
    .option('--admin-token-file <file>', `file that holds the admin token (or ${tokenName} does)`)
    .option('--json', 'print one JSON object on stdout', false);
}

async function readToken({ adminTokenFile }: AdminFlags): Promise<string> {
  const file = adminTokenFile ?? process.env[`${tokenName}_FILE`];
  if (adminTokenFile === undefined && process.env[tokenName]) return process.env[tokenName];
  if (file === undefined) {
    throw new IdlewildError('admin/no-token', 'The admin token is missing.', {
      metaMessages: [`Set ${tokenName}, or name its file by --admin-token-file.`],
    });
  }
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const message = `--admin-token-file cannot be read (${cause.code ?? 'unknown'}).`;
    throw new IdlewildError('admin/no-token', message, { cause });
  });
  return text.trim();
}

export interface AdminClient {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: object): Promise<Answer>;
  /** The same of what takes long: told how far it is, in bytes, until the answer comes. */
  follow<Answer>(path: string, body: object, onBytes: (bytes: number) => void): Promise<Answer>;
}

/** @throws admin/no-token, admin/unreachable, admin/refused, admin/stalled */
export async function openAdmin(
  flags: AdminFlags,
  stalledMs: number = stalledMsMax,
): Promise<AdminClient> {
  const token = await readToken(flags);
  if (!URL.canParse(flags.coordinator)) {
    throw new IdlewildError('admin/unreachable', '--coordinator must be an address.');
  }
  async function send(path: string, init: RequestInit, accept = jsonType): Promise<Response> {
    const response = await fetch(new URL(path, flags.coordinator), {
      signal: AbortSignal.timeout(answerMs),
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': jsonType, accept },
      redirect: 'error',
    }).catch((cause: Error) => {
      const message = `No coordinator answers at ${new URL(flags.coordinator).origin}.`;
      throw new IdlewildError('admin/unreachable', message, {
        metaMessages: ['Start it with `idlewild serve`, or name another with --coordinator.'],
        cause,
      });
    });
    if (response.ok) return response;
    throw refused((await response.json().catch(() => ({}))) as Refusal, ` (${response.status})`);
  }
  const read = async (response: Response) => (await response.json().catch(() => ({}))) as never;
  return {
    get: async (path) => read(await send(path, { method: 'GET' })),
    post: async (path, body) =>
      read(await send(path, { method: 'POST', body: JSON.stringify(body) })),
    async follow(path, body, onBytes) {
      const stall = new AbortController();
      const timer = setTimeout(() => stall.abort(), stalledMs);
      const moved = (bytes: number) => {
        timer.refresh();
        onBytes(bytes);
      };
      const order = { method: 'POST', body: JSON.stringify(body), signal: stall.signal };
      try {
        return await followLines(await send(path, order, linesType), moved);
      } catch (thrown) {
        throw stall.signal.aborted ? stalled(stalledMs) : thrown;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

const jsonType = 'application/json';
const linesType = 'application/x-ndjson';

interface Refusal {
  error?: { message?: string };
}

function refused({ error }: Refusal, status = ''): IdlewildError {
  const said = error?.message ?? 'It gave no reason.';
  return new IdlewildError('admin/refused', `The coordinator refused${status}: ${said}`);
}

function stalled(ms: number): IdlewildError {
  const message = `The coordinator has got no further for ${Math.round(ms / 1000)} s.`;
  return new IdlewildError('admin/stalled', message, {
    metaMessages: ['Look at its log, and at the disk.'],
  });
}

/** Lines of `{bytes}`, each further than the one before or a sign of life, and one that ends them. */
async function followLines<Answer>(
  { body }: Response,
  onMoved: (bytes: number) => void,
): Promise<Answer> {
  let [text, furthest] = ['', -1];
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    const lines = `${text}${Buffer.from(chunk).toString('utf8')}`.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const said = JSON.parse(line) as { bytes?: number; answer?: Answer } & Refusal;
      if (said.answer !== undefined) return said.answer;
      if (said.bytes === undefined) throw refused(said);
      if (said.bytes > furthest) onMoved(said.bytes);
      furthest = Math.max(furthest, said.bytes);
    }
  }
  throw new IdlewildError('admin/unreachable', 'The coordinator ended before it was done.');
}

/** One object for programs, or words for people. */
export function print(json: boolean, answer: object, words: string): void {
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${words}\n`);
}

/** A time of the coordinator's clock, as a day and a minute. */
export function formatTime(ms: number | null): string {
  return ms === null ? '' : new Date(Number(ms)).toISOString().slice(0, 16).replace('T', ' ');
}
