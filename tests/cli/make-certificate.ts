// A self-signed certificate for localhost, as X.509 writes it: for tests of TLS, so that no private
// key lies in the repository.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length > 255 ? [0x82, length >> 8, length & 255] : [0x81, length];
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), content]);
}

const sequence = (...parts: Buffer[]) => tagged(0x30, ...parts);
const object = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'));
/** YYMMDDhhmmssZ, as RFC 5280 wants it before 2050. */
const time = (at: number) =>
  tagged(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

const ecdsaWithSha256 = sequence(object('2a8648ce3d040302'));
const commonName = sequence(
  tagged(0x31, sequence(object('550403'), tagged(0x0c, Buffer.from('localhost')))),
);
const names = sequence(
  object('551d11'),
  tagged(
    0x04,
    sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1]))),
  ),
);

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** @param endsInMs may lie in the past */
export function makeCertificate(endsInMs = 86_400_000): { cert: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    ecdsaWithSha256,
    commonName,
    sequence(time(Date.now() - 172_800_000), time(Date.now() + endsInMs)),
    commonName,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(names)),
  );
  const signature = sign('sha256', body, privateKey);
  const bits = tagged(0x03, Buffer.from([0]), signature);
  return {
    cert: toPem(sequence(body, ecdsaWithSha256, bits)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
