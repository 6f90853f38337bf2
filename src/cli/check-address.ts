// Before a coordinator listens: whether others can reach it, and what it then must and cannot have.
import { isIP } from 'node:net';
import { findTokenWeakness } from '#coordinator/admin-token.ts';
import { IdlewildError } from '#protocol/errors.ts';

export interface Address {
  host: string;
  /** As the world reaches it, where that is known. */
  origin?: string | undefined;
}

const isLocal = (name: string) => name === 'localhost' || name === '[::1]' || /^127\./.test(name);

function listensLocally(host: string): boolean {
  return isLocal(isIP(host) === 6 ? `[${host}]` : host);
}

/** @returns the origin alone @throws settings/invalid */
export function readOrigin(origin: string): string {
  if (URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol)) {
    return new URL(origin).origin;
  }
  throw new IdlewildError('settings/invalid', 'origin must be such as https://idlewild.example.');
}

const proxyNames = ['loopback', 'linklocal', 'uniquelocal'];

/** @throws settings/invalid */
export function checkProxies(addresses: readonly string[]): void {
  const isProxy = (address: string) => {
    const [ip, bits, ...rest] = address.split('/');
    const sound = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= 128);
    return proxyNames.includes(address) || (isIP(ip) > 0 && sound && rest.length === 0);
  };
  const wrong = addresses.find((address) => !isProxy(address));
  if (wrong === undefined) return;
  throw new IdlewildError('settings/invalid', `trust-proxy: '${wrong}' is no address.`, {
    metaMessages: [`Give an IP address, a range such as 10.0.0.0/8, or ${proxyNames.join(', ')}.`],
  });
}

/** @throws serve/weak-token where others can try tokens, and this one is soon found */
export function checkAdminToken(token: string | undefined, { host, origin }: Address): void {
  if (token === undefined) return;
  if (/\s/.test(token)) {
    throw new IdlewildError('serve/weak-token', 'The admin token must not hold spaces.');
  }
  const weakness = findTokenWeakness(token);
  const alone = listensLocally(host) && (!origin || isLocal(new URL(origin).hostname));
  if (weakness === null || alone) return;
  throw new IdlewildError(
    'serve/weak-token',
    `The admin token ${weakness}, and this address is open to others.`,
    { metaMessages: ['Make one: openssl rand -base64 32'] },
  );
}

/** A page that is neither local nor on TLS has no WebGPU, no WebCrypto and no OPFS. */
export function findWarning(host: string, origin: string): string | null {
  const { protocol, hostname } = new URL(origin);
  if (protocol === 'https:') return null;
  if (isLocal(hostname) && listensLocally(host)) return null;
  return (
    'Without TLS, browsers give pages off localhost no WebGPU, no WebCrypto and no storage: ' +
    'contributors cannot start. Give --tls-cert and --tls-key, or put a TLS proxy in front and ' +
    'name its address with --origin.'
  );
}
