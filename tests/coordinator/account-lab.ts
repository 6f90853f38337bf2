// A contributor's own account, as a test asks about it: every call signed by its session, every
// binding by both of its keys.
import type { PrivateKeyAccount } from 'viem/accounts';
import type { AccountAnswer, BindAnswer, ConsentEnded } from '#protocol/account-wire.ts';
import { type Binding, bindingTypedData } from '#protocol/binding.ts';
import { type Bytes, fromHex } from '#protocol/bytes.ts';
import { type Challenge, WIRE_VERSION } from '#protocol/wire.ts';
import { Refused, type TestContributor } from './test-contributor.ts';

export const readAccount = (who: TestContributor, days = 90) =>
  who.call<AccountAnswer>('/v1/account', { kind: 'account', days });

export const withdraw = (who: TestContributor) =>
  who.call<ConsentEnded>('/v1/account/withdraw', { kind: 'withdraw' });

export const deletePerson = (who: TestContributor) =>
  who.call<ConsentEnded>('/v1/account/delete', { kind: 'delete' });

export async function signBinding(signer: PrivateKeyAccount, binding: Binding): Promise<Bytes> {
  const { domain, types, primaryType, message } = bindingTypedData(binding);
  const signature = await signer.signTypedData({
    domain: { ...domain, chainId: BigInt(domain.chainId) },
    types,
    primaryType,
    message: { ...message, expiresAt: BigInt(message.expiresAt) },
  });
  return fromHex(signature.slice(2));
}

/** A binding of a device account to a wallet, signed by both; `change` alters it before that. */
export async function makeBinding(
  device: TestContributor,
  wallet: PrivateKeyAccount,
  change: Partial<Binding> = {},
) {
  const challenge = await device.post<Challenge>('/v1/challenges', { wire: WIRE_VERSION });
  const binding: Binding = {
    device: device.signer.address,
    wallet: wallet.address,
    coordinator: challenge.coordinator,
    chainId: challenge.chainId,
    nonce: challenge.nonce,
    expiresAt: challenge.expiresAt,
    ...change,
  };
  return {
    binding,
    deviceSignature: await signBinding(device.signer, binding),
    walletSignature: await signBinding(wallet, binding),
  };
}

export type MadeBinding = Awaited<ReturnType<typeof makeBinding>>;

export const bind = (device: TestContributor, made: MadeBinding) =>
  device.call<BindAnswer>('/v1/account/bind', { kind: 'bind', ...made });

/** The code of what a call throws. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  const thrown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  return thrown instanceof Refused ? thrown.error.code : `no refusal: ${thrown}`;
}
