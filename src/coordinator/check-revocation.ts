// What a revocation must say before a session ends by it, and that the wallet signed it.
import { hashStatement } from '#ledger/wallet-signature.ts';
import type { RevokeRequest } from '#protocol/account-wire.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { WalletCheck } from '#protocol/receipt.ts';
import { revocationTypedData } from '#protocol/revocation.ts';
import type { Context } from './context.ts';

const faults = {
  'foreign-coordinator': 'The revocation is for another coordinator.',
  'foreign-chain': "The revocation is for another chain than this coordinator's.",
  'nonce-unknown': 'This coordinator made no such challenge.',
  'nonce-expired': 'The challenge is too old; ask for a new one.',
  'nonce-used': 'This challenge was answered before, by another revocation.',
  'wallet-signature': 'The wallet did not sign this revocation.',
};

export function refuseRevocation(fault: keyof typeof faults): IdlewildError {
  return new IdlewildError(`revocation/${fault}`, faults[fault]);
}

/**
 * @param address network address of whoever brings it, who need not be the wallet's owner
 * @returns what the chain said of the wallet, null for an ordinary account
 * @throws revocation/... naming what does not hold, chain/...
 */
export async function checkRevocation(
  context: Context,
  { revocation, walletSignature: signature }: RevokeRequest,
  address: string,
): Promise<WalletCheck | null> {
  const { account, coordinator, chainId, nonce } = revocation;
  const challenge = context.challenges.read(nonce);
  if (coordinator !== context.origin()) throw refuseRevocation('foreign-coordinator');
  if (chainId !== context.chainId) throw refuseRevocation('foreign-chain');
  if (!challenge) throw refuseRevocation('nonce-unknown');
  if (challenge.until <= context.now()) throw refuseRevocation('nonce-expired');
  const hash = hashStatement(revocationTypedData(revocation));
  const word = await context.wallets.verify({ account, hash, signature }, address);
  if (word === null) throw refuseRevocation('wallet-signature');
  return word === 'key' ? null : word;
}
