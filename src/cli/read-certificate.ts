// A TLS certificate and its key from their files, checked before anything listens with them.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Certificate } from '#coordinator/http-server.ts';
import { IdlewildError } from '#protocol/errors.ts';

export interface CertificateFiles {
  tlsCert: string | undefined;
  tlsKey: string | undefined;
}

function wrong(message: string, cause?: unknown): IdlewildError {
  return new IdlewildError('serve/tls', message, { cause });
}

async function readPem(file: string, field: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw wrong(`--${field} names a file that cannot be read (${cause.code ?? 'unknown'}).`, cause);
  });
}

function parse<Value>(read: () => Value, message: string): Value {
  try {
    return read();
  } catch (cause) {
    throw wrong(message, cause);
  }
}

/** @returns null where neither is named @throws serve/tls */
export async function readCertificate({
  tlsCert,
  tlsKey,
}: CertificateFiles): Promise<Certificate | null> {
  if (!tlsCert && !tlsKey) return null;
  if (!tlsCert || !tlsKey) throw wrong('--tls-cert and --tls-key belong together.');
  const [cert, key] = [await readPem(tlsCert, 'tls-cert'), await readPem(tlsKey, 'tls-key')];
  const certificate = parse(
    () => new X509Certificate(cert),
    '--tls-cert holds no certificate in PEM.',
  );
  const privateKey = parse(
    () => createPrivateKey(key),
    '--tls-key holds no private key in PEM without a passphrase.',
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw wrong('--tls-key is not the key of the certificate in --tls-cert.');
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw wrong(`The certificate in --tls-cert ended on ${certificate.validTo}.`);
  }
  return { cert, key };
}
