// Signs grants and bindings with a wallet of the page: one EIP-712 signature, no transaction.
import { type Binding, bindingTypedData } from '#protocol/binding.ts';
import { type Bytes, fromHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { grantTypedData } from '#protocol/grant.ts';
import { limits } from '#protocol/limits.ts';
import { type Revocation, revocationTypedData } from '#protocol/revocation.ts';
import type { Grant } from '#protocol/wire.ts';
import { askAddress, askWallet, signMethod, useChain } from './ask-wallet.ts';
import type { Provider } from './provider.ts';
import type { GrantSigner } from './signer.ts';

/**
 * @throws wallet/refused, wallet/busy, wallet/no-account, wallet/other-account, wallet/wrong-chain,
 *   wallet/unsupported-signature, wallet/failed
 */
export function walletSigner(provider: Provider): GrantSigner {
  const ask = askWallet(provider);
  const sign = async ({ account, chainId }: { account: string; chainId: number }, data: object) => {
    await useChain(ask, chainId);
    return parseSignature(await ask(signMethod, [account, JSON.stringify(data)]));
  };
  return {
    kind: 'wallet',
    address: () => askAddress(ask),
    signGrant: (grant: Grant) =>
      sign({ account: grant.account, chainId: grant.chainId }, grantTypedData(grant)),
    signBinding: (binding: Binding) =>
      sign({ account: binding.wallet, chainId: binding.chainId }, bindingTypedData(binding)),
    signRevocation: (revocation: Revocation) => sign(revocation, revocationTypedData(revocation)),
  };
}

/** Bytes of r before it is an address: a contract's own form (Safe's approved hashes), no curve's. */
const approvalBytes = 12;

/**
 * Wallets write v as 27 and 28, or as 0 and 1. A contract's signature has any length and any form: whether
 * it holds is for the coordinator to ask.
 */
export function parseSignature(answer: unknown): Bytes {
  const isHex = typeof answer === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(answer);
  if (!isHex || answer.length > 2 + 2 * limits.walletSignatureBytesMax) {
    const most = `${limits.walletSignatureBytesMax} bytes (walletSignatureBytesMax)`;
    const message = `The wallet gave something other than a signature of at most ${most}.`;
    throw new IdlewildError('wallet/unsupported-signature', message, {
      metaMessages: ['Use another wallet, or an ordinary account of it.'],
    });
  }
  const signature = fromHex(answer.slice(2).toLowerCase());
  const isCurves = signature.subarray(0, approvalBytes).some((byte) => byte !== 0);
  if (signature.length === 65 && signature[64] < 2 && isCurves) signature[64] += 27;
  return signature;
}
