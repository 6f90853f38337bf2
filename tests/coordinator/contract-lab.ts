// Contributors whose account is a wallet that is a contract, and wallets' revocations, as tests need them.
import type { RevokeAnswer } from '#protocol/account-wire.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import { type Revocation, revocationTypedData } from '#protocol/revocation.ts';
import { type Challenge, type SessionAnswer, WIRE_VERSION } from '#protocol/wire.ts';
import type { ContractAccount } from '../wallet/contract-wallets.ts';
import type { TestContributor } from './test-contributor.ts';

/** A request for a session of the wallet, by the contributor's session key. */
export async function askSession(who: TestContributor, wallet: ContractAccount) {
  const request = await who.makeSessionRequest({ grant: { account: wallet.address } });
  const walletSignature = await wallet.sign(grantTypedData(request.grant));
  return { ...request, walletSignature };
}

export async function openSession(
  who: TestContributor,
  wallet: ContractAccount,
): Promise<SessionAnswer> {
  return who.enter(await who.post<SessionAnswer>('/v1/sessions', await askSession(who, wallet)));
}

export async function makeRevocation(
  who: TestContributor,
  account: string,
  change: Partial<Revocation> = {},
): Promise<Revocation> {
  const challenge = await who.post<Challenge>('/v1/challenges', { wire: WIRE_VERSION });
  const { coordinator, chainId, nonce } = challenge;
  return { account, coordinator, chainId, nonce, sessionKey: new Uint8Array(), ...change };
}

/** @param who brings it: anyone may */
export async function revoke(
  who: TestContributor,
  wallet: ContractAccount,
  revocation: Revocation,
): Promise<RevokeAnswer> {
  const walletSignature = await wallet.sign(revocationTypedData(revocation));
  return who.post('/v1/account/revoke', { wire: WIRE_VERSION, revocation, walletSignature });
}

/** A contributor's own key, as a wallet is asked. */
export function ordinary({ signer }: TestContributor): ContractAccount {
  return {
    address: signer.address,
    async sign(data): Promise<Bytes> {
      const written = await signer.signTypedData(data as never);
      return new Uint8Array(Buffer.from(written.slice(2), 'hex'));
    },
  };
}
