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
}

/** @throws admin/no-token, admin/unreachable, admin/refused */
export async function openAdmin(flags: AdminFlags): Promise<AdminClient> {
  const token = await readToken(flags);
  if (!URL.canParse(flags.coordinator)) {
    throw new IdlewildError('admin/unreachable', '--coordinator must be an address.');
  }
  async function call<Answer>(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(new URL(path, flags.coordinator), {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(answerMs),
    }).catch((cause: Error) => {
      const message = `No coordinator answers at ${new URL(flags.coordinator).origin}.`;
      throw new IdlewildError('admin/unreachable', message, {
        metaMessages: ['Start it with `idlewild serve`, or name another with --coordinator.'],
        cause,
      });
    });
    const answer = (await response.json().catch(() => ({}))) as Answer & {
      error?: { message?: string };
    };
    if (response.ok) return answer;
    const said = answer.error?.message ?? 'It gave no reason.';
    throw new IdlewildError(
      'admin/refused',
      `The coordinator refused (${response.status}): ${said}`,
    );
  }
  return {
    get: (path) => call(path, { method: 'GET' }),
    post: (path, body) => call(path, { method: 'POST', body: JSON.stringify(body) }),
  };
}

/** One object for programs, or words for people. */
export function print(json: boolean, answer: object, words: string): void {
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${words}\n`);
}

/** A time of the coordinator's clock, as a day and a minute. */
export function formatTime(ms: number | null): string {
  return ms === null ? '' : new Date(Number(ms)).toISOString().slice(0, 16).replace('T', ' ');
}
