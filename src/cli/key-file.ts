// The private key of an account on the chain, from a file that its owner alone may read. Never from a
// command line, which every user of the machine sees, and never told to anyone.
import { open } from 'node:fs/promises';
import { type LocalAccount, privateKeyToAccount } from 'viem/accounts';
import { IdlewildError } from '#protocol/errors.ts';

/** A key of 64 hex digits, with room for 0x and an end of line. */
const keyFileBytesMax = 128;
/** Of a file's mode: what others than its owner may do. */
const othersMask = 0o077;

/**
 * @param file holds 64 hex digits, with or without 0x
 * @throws key-file/unreadable, key-file/open-to-others, key-file/malformed
 */
export async function readKeyFile(file: string): Promise<LocalAccount> {
  const handle = await open(file, 'r').catch((cause: NodeJS.ErrnoException) => {
    const message = `The key's file cannot be read (${cause.code ?? 'unknown'}).`;
    throw new IdlewildError('key-file/unreadable', message, { cause });
  });
  try {
    const { mode, size } = await handle.stat();
    // Windows keeps no such mode: its files are guarded otherwise.
    if (process.platform !== 'win32' && (mode & othersMask) !== 0) throw openToOthers(file);
    const text = size <= keyFileBytesMax ? (await handle.readFile('utf8')).trim() : '';
    const digits = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text)?.[1];
    if (!digits) throw malformed();
    return toAccount(`0x${digits}`);
  } finally {
    await handle.close();
  }
}

function toAccount(key: `0x${string}`): LocalAccount {
  try {
    return privateKeyToAccount(key);
  } catch {
    // Zero, or past the curve's order. What viem says of it holds the key.
    throw malformed();
  }
}

function openToOthers(file: string): IdlewildError {
  return new IdlewildError('key-file/open-to-others', "Others may read the key's file.", {
    metaMessages: [`Close it to them: chmod 600 ${file}`],
  });
}

function malformed(): IdlewildError {
  return new IdlewildError('key-file/malformed', "The key's file holds no private key.", {
    metaMessages: ['Expected 64 hex digits.'],
  });
}
