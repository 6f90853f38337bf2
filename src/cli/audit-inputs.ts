// What an auditor brings along: inputs of units that the coordinator does not show, and the receipts
// of private batches with their salts, as their requester or contributor was given them.
import { readFile } from 'node:fs/promises';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { commitmentOf } from '#protocol/log-entry.ts';
import { fromBase64 } from '#protocol/signed-note-base64.ts';
import { unitDigest } from '#protocol/unit.ts';

export interface BroughtInputs {
  /** Encoded inputs by the unit's digest, hex. */
  inputs: Map<string, Uint8Array>;
  /** Payloads of private receipts by the commitment in their leaf, hex. */
  sealed: Map<string, Uint8Array>;
}

/**
 * @param file JSON lines {"input": base64} or {"input": base64, "receipt": base64, "salt": base64}
 * @throws audit/bad-inputs
 */
export async function readInputs(file: string | undefined): Promise<BroughtInputs> {
  const brought: BroughtInputs = { inputs: new Map(), sealed: new Map() };
  if (file === undefined) return brought;
  const text = await readFile(file, 'utf8');
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const { input, receipt, salt } = readLine(line, index + 1);
    if (!input) throw badLine(index + 1);
    brought.inputs.set(toHex(unitDigest(input)), input);
    if (receipt && salt?.length === 32) {
      brought.sealed.set(toHex(commitmentOf(receipt, salt)), receipt);
    } else if (receipt || salt) throw badLine(index + 1);
  }
  return brought;
}

function readLine(line: string, number: number) {
  try {
    const fields = JSON.parse(line) as Record<string, unknown>;
    const read = (name: string) =>
      fields[name] === undefined ? null : fromBase64(String(fields[name]));
    return { input: read('input'), receipt: read('receipt'), salt: read('salt') };
  } catch {
    throw badLine(number);
  }
}

function badLine(number: number): IdlewildError {
  return new IdlewildError('audit/bad-inputs', `Line ${number} of the inputs cannot be read.`, {
    metaMessages: ['Expected {"input": base64}, and for a private receipt "receipt" and "salt".'],
  });
}
