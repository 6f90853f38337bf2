// What a binding must say before its signatures are looked at, and that both are there: by the device
// account and by the wallet, each over the same words.
import { hashStatement, isCanonical, isSignedByKey } from '#ledger/wallet-signature.ts';
import { type Binding, bindingTypedData } from '#protocol/binding.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { WalletCheck } from '#protocol/receipt.ts';
import type { BindingFault } from '#store/bind-account.ts';
import type { Context } from './context.ts';

/** What is signed and by whom. */
export interface SignedBinding {
  binding: Binding;
  deviceSignature: Uint8Array;
  walletSignature: Uint8Array;
}

const faults = {
  'other-session': 'A binding is brought by a session of its device account.',
  'already-bound': 'This account is bound to another wallet, and stays so.',
  'nonce-used': 'This challenge was answered before; ask for a new one.',
  'nonce-unknown': 'This coordinator made no such challenge.',
  'nonce-expired': 'The challenge is too old; ask for a new one.',
  expired: 'The binding is over; sign another.',
  'wrong-expiry': "The binding lasts longer than its challenge's grant.",
  'foreign-coordinator': 'The binding is for another coordinator.',
  'foreign-chain': "The binding is for another chain than this coordinator's.",
  'same-account': 'An account cannot be bound to itself.',
  'wallet-bound': 'That account is bound to another one itself, so nothing can be bound to it.',
  'device-has-devices': 'Other accounts are bound to this one, so it cannot be bound itself.',
  settled:
    "The account's credit is in an epoch of its own already, so it cannot be bound any more.",
  suspended: 'One of the two accounts is banned, so they cannot be bound.',
  'device-signature': 'The device account did not sign this binding, with a low s and v 27 or 28.',
  'wallet-signature': 'The wallet did not sign this binding, with a low s and v 27 or 28.',
} satisfies Record<BindingFault, string> & Record<string, string>;

export function refuseBinding(fault: keyof typeof faults): IdlewildError {
  return new IdlewildError(`binding/${fault}`, faults[fault]);
}

/** Who brings it. */
export interface Bringer {
  account: string;
  /** Network address. */
  address: string;
}

/**
 * A binding may be shown to a contract: an ordinary account signs it in the one form that those take.
 * @returns what the chain said of the wallet, null for an ordinary account
 * @throws binding/... naming what does not hold, chain/...
 */
export async function checkBinding(
  context: Context,
  { binding, deviceSignature, walletSignature }: SignedBinding,
  { account, address }: Bringer,
): Promise<WalletCheck | null> {
  const fault = findFault(context, binding, account);
  if (fault) throw refuseBinding(fault);
  const hash = hashStatement(bindingTypedData(binding));
  const byDevice = { account: binding.device, hash, signature: deviceSignature };
  if (!isCanonical(deviceSignature) || !(await isSignedByKey(byDevice))) {
    throw refuseBinding('device-signature');
  }
  const byWallet = { account: binding.wallet, hash, signature: walletSignature };
  const word = await context.wallets.verify(byWallet, address);
  if (word === null || (word === 'key' && !isCanonical(walletSignature))) {
    throw refuseBinding('wallet-signature');
  }
  return word === 'key' ? null : word;
}

function findFault(
  context: Context,
  { device, wallet, coordinator, chainId, nonce, expiresAt }: Binding,
  account: string,
): keyof typeof faults | null {
  const challenge = context.challenges.read(nonce);
  const now = context.now();
  if (device.toLowerCase() !== account) return 'other-session';
  if (wallet.toLowerCase() === account) return 'same-account';
  if (coordinator !== context.origin()) return 'foreign-coordinator';
  if (chainId !== context.chainId) return 'foreign-chain';
  if (!challenge) return 'nonce-unknown';
  if (challenge.until <= now) return 'nonce-expired';
  if (expiresAt * 1000 <= now) return 'expired';
  return expiresAt > challenge.expiresAt ? 'wrong-expiry' : null;
}
