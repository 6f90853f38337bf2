// What a coordinator refuses before it listens, and what it warns of.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkAdminToken, checkProxies, findWarning } from '#cli/check-address.ts';
import { readCertificate } from '#cli/read-certificate.ts';
import { makeCertificate } from './make-certificate.ts';

const strong = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';

describe('an admin token', () => {
  test.each([
    ['short', '127.0.0.1', undefined, true],
    ['short', '::1', 'http://localhost:8787', true],
    ['short', '0.0.0.0', undefined, false],
    ['short', '127.0.0.1', 'https://idlewild.example', false],
    ['a'.repeat(64), '0.0.0.0', undefined, false],
    ['ababababababababababababab', '192.0.2.1', undefined, false],
    [strong.slice(0, 23), '::', undefined, false],
    [strong, '0.0.0.0', 'https://idlewild.example', true],
    [undefined, '0.0.0.0', undefined, true],
    [`${strong} ${strong}`, '127.0.0.1', undefined, false],
  ])('%s on %s, known as %s: taken %s', (token, host, origin, taken) => {
    const check = () => checkAdminToken(token, { host, origin });
    if (taken) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'serve/weak-token' }));
  });

  test('is not shown by its refusal', () => {
    const token = 'hunter22';
    expect(() => checkAdminToken(token, { host: '0.0.0.0' })).toThrow(/shorter than 24/);
    expect(() => checkAdminToken(token, { host: '0.0.0.0' })).not.toThrow(/hunter22/);
  });
});

test.each([
  ['127.0.0.1', 'http://localhost:8787', false],
  ['0.0.0.0', 'https://idlewild.example', false],
  ['127.0.0.1', 'http://idlewild.example', true],
  ['0.0.0.0', 'http://localhost:8787', true],
])('on %s as %s it warns: %s', (host, origin, warns) => {
  expect(findWarning(host, origin) !== null).toBe(warns);
});

test('a proxy is an address, a range or a name that Fastify knows', () => {
  expect(() => checkProxies(['10.0.0.1', '10.0.0.0/8', '::1', 'loopback'])).not.toThrow();
  for (const wrong of ['proxy.example', '10.0.0.1/a', '10.0.0.0/8/8', '']) {
    expect(() => checkProxies([wrong])).toThrow(/is no address/);
  }
});

describe('a certificate', () => {
  let folder: string;
  const write = async (name: string, text: string) => {
    await writeFile(path.join(folder, name), text);
    return path.join(folder, name);
  };
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-tls-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is read with its key, or not at all', async () => {
    const made = makeCertificate();
    const [tlsCert, tlsKey] = [await write('cert', made.cert), await write('key', made.key)];
    expect(await readCertificate({ tlsCert, tlsKey })).toEqual(made);
    expect(await readCertificate({ tlsCert: undefined, tlsKey: undefined })).toBeNull();
    const other = await write('other', makeCertificate().key);
    const nowhere = path.join(folder, 'nowhere');
    const old = makeCertificate(-60_000);
    const refusals: [string, string | undefined, string][] = [
      [tlsCert, undefined, 'belong together'],
      [tlsCert, other, 'is not the key of the certificate'],
      [tlsCert, nowhere, '--tls-key names a file that cannot be read (ENOENT)'],
      [tlsKey, tlsKey, '--tls-cert holds no certificate'],
      [tlsCert, tlsCert, '--tls-key holds no private key'],
      [await write('old', old.cert), await write('old-key', old.key), 'ended on'],
    ];
    for (const [cert, key, message] of refusals) {
      await expect(readCertificate({ tlsCert: cert, tlsKey: key })).rejects.toThrow(message);
    }
  });
});
