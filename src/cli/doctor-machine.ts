// The doctor's look at the machine: Node, Chromium, what is built, the clock, open files, the port,
// the secrets.
import { access, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { findTokenWeakness } from '#coordinator/admin-token.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { askCoordinator } from './ask-coordinator.ts';
import { checkAdminToken } from './check-address.ts';
import { findInstalled } from './chromium.ts';
import { type Finding, failed, found, warned } from './finding.ts';
import { readCertificate } from './read-certificate.ts';
import type { Settings } from './settings.ts';

const nodeMin = [20, 19];
/** Before this release was made no clock can be right. */
const clockMin = Date.parse('2026-01-01T00:00:00Z');

function checkNode(): Finding {
  const { node } = process.versions;
  const [major, minor] = node.split('.').map(Number);
  const old = major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1]);
  const todo = `Install Node ${nodeMin.join('.')} or later.`;
  return old ? failed('node', `${node} is too old`, todo) : found('node', node);
}

async function checkChromium(): Promise<Finding> {
  const file = process.env.IDLEWILD_CHROMIUM ?? (await findInstalled());
  if (file) return found('chromium', file);
  const todo =
    'npx playwright-core install --with-deps chromium, or set IDLEWILD_CHROMIUM to the path of one.';
  return warned('chromium', 'none: `idlewild work` and the demo need one', todo);
}

const built: [name: string, path: string][] = [
  ['kernels', 'build/kernels.wasm'],
  ['kernels', 'build/kernels-relaxed.wasm'],
  ['page', 'dist/index.html'],
  ['page', 'dist/admin.html'],
];

async function checkBuilt(): Promise<Finding[]> {
  const names = [...new Set(built.map(([name]) => name))];
  const missing = new Set<string>();
  for (const [name, file] of built) {
    const home = fileURLToPath(new URL(`../../${file}`, import.meta.url));
    await access(home).catch(() => missing.add(name));
  }
  return names.map((name) =>
    missing.has(name)
      ? warned(name, 'not built yet: the first start does it', 'npx idlewild build')
      : found(name, 'built'),
  );
}

/** Files and connections beside those of the HTTP server: payloads, shards, the database. */
const filesBeside = 512;

/** Node takes all that the system gives; what that is only Linux says in a file. */
export async function checkOpenFiles({ connections }: Settings): Promise<Finding[]> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const files = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.NaN);
  if (Number.isNaN(files)) return [];
  const words = `${files} for ${connections} connections`;
  if (files >= connections + filesBeside) return [found('open files', words)];
  const todo = `Raise the limit (ulimit -n ${connections + filesBeside}), or lower --connections.`;
  return [warned('open files', `${words} are too few`, todo)];
}

export async function checkMachine(): Promise<Finding[]> {
  const clock =
    Date.now() < clockMin
      ? failed('clock', `it says ${new Date().toISOString()}`, 'Set it, and keep it by NTP.')
      : found('clock', new Date().toISOString());
  return [checkNode(), await checkChromium(), ...(await checkBuilt()), clock];
}

/** @returns the error's code, or null for a port that is free */
function tryPort(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

export async function checkPort(settings: Settings): Promise<Finding[]> {
  const { host, port } = settings;
  const place = `${port} of ${host}`;
  const code = await tryPort(host, port);
  if (code === null) return [found('port', `${place} is free`)];
  if (code !== 'EADDRINUSE') {
    const todo = 'Choose another by --port or --host.';
    return [failed('port', `${place} may not be used (${code})`, todo)];
  }
  const readiness = await askCoordinator(host, port, settings['tls-cert'] !== undefined);
  if (readiness === null) {
    return [failed('port', `${place} is in use by something else`, 'Choose another by --port.')];
  }
  const failing = readiness.checks.filter(({ ok }) => !ok);
  return [
    found('port', `${place} is in use by a coordinator that is alive`),
    ...failing.map(({ name, words }) => failed(`ready: ${name}`, words, 'See its log.')),
  ];
}

/** Neither is shown. */
export async function checkSecrets(settings: Settings): Promise<Finding[]> {
  const { host, origin } = settings;
  const token = settings['admin-token'];
  const findings: Finding[] = [];
  if (token === undefined) {
    const todo = 'Make one (openssl rand -base64 32) and name its file by --admin-token-file.';
    findings.push(warned('admin token', 'none: /admin and /v1/admin are off', todo));
  } else {
    checkAdminToken(token, { host, origin });
    const weakness = findTokenWeakness(token);
    const todo = 'Make a better one before others can reach this address.';
    findings.push(
      weakness ? warned('admin token', weakness, todo) : found('admin token', 'strong enough'),
    );
  }
  const files = { tlsCert: settings['tls-cert'], tlsKey: settings['tls-key'] };
  const tls = await readCertificate(files).catch((thrown: unknown) => {
    if (thrown instanceof IdlewildError) return thrown.shortMessage;
    throw thrown;
  });
  if (typeof tls === 'string')
    findings.push(failed('tls', tls, 'Look at --tls-cert and --tls-key.'));
  else if (tls) findings.push(found('tls', 'the certificate and its key belong together'));
  return findings;
}
