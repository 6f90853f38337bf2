// Whether the contributor's own side of a receipt is whole: the result by the session key, and that
// key by the account's grant.

import { decodeCbor } from '#protocol/cbor.ts';
import { isPlaced, isPlacedResult } from '#protocol/placed-result.ts';
import type { CallHead } from '#protocol/wire.ts';
import { isSignedBySessionKey } from '#wallet/verify-session-key.ts';
import { type Finding, fails, holds, unchecked } from './findings.ts';
import { isSameOrigin } from './same-origin.ts';
import type { Subject } from './verify-story.ts';

export async function verifyResult({ statement }: Subject): Promise<Finding> {
  const { result, grant } = statement;
  const isPlace = isPlacedResult(result);
  const { payload, signature } = isPlace ? result.call : result;
  if (!(await isSignedBySessionKey(grant.sessionKey, payload, signature))) {
    return fails('result/not-signed', {});
  }
  if (!isPlace) return holds('result/holds-alone', {});
  const { index } = result;
  if (!isPlaced(result)) return fails('result/not-placed', { index });
  const { results } = decodeCbor(payload) as CallHead;
  return holds('result/holds', { index, count: results.count });
}

/** @param origin of the coordinator, which a grant is bound to */
export async function verifyWallet({ statement }: Subject, origin: string): Promise<Finding> {
  const { grant, walletSignature, walletCheck } = statement;
  const [account, stated] = [statement.account.toLowerCase(), grant.account.toLowerCase()];
  if (stated !== account) return fails('wallet/other-account', { stated, expected: account });
  if (!isSameOrigin(grant.coordinator, origin)) {
    const values = { stated: grant.coordinator, expected: origin };
    return fails('wallet/other-coordinator', values);
  }
  // 5 kB of curve: only a check needs it.
  const { isGrantSigned } = await import('#wallet/typed-signatures.ts');
  if (await isGrantSigned(grant, walletSignature)) return holds('wallet/holds', { account });
  // What a contract signed only its chain can tell, which a page does not ask.
  if (walletCheck) return unchecked('wallet/contract', { account, block: walletCheck.block });
  return fails('wallet/not-signed', { account });
}
