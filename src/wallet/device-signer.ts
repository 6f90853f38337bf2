// A key made in this browser, for people without a wallet. It earns credit that can be bound to a
// wallet later, and never holds funds: browsers may delete it. The worker makes this signer itself
// when the page starts it with no signer (null).
import { fromHex } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import type { Grant } from '#protocol/wire.ts';
import type { GrantSigner } from './signer.ts';

/** What the key is kept in; cache/store.ts has it. */
export interface KeyStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
}

const keyName = 'device-key';

export function deviceSigner(store: KeyStore): GrantSigner {
  const account = async () => {
    // viem is 60 kB: only those without a wallet load it, and only after the click.
    const { generatePrivateKey, privateKeyToAccount } = await import('viem/accounts');
    let key = await store.get(keyName);
    if (typeof key !== 'string') {
      key = generatePrivateKey();
      await store.set(keyName, key);
    }
    return privateKeyToAccount(key as `0x${string}`);
  };
  return {
    kind: 'device',
    address: async () => (await account()).address.toLowerCase(),
    async signGrant(grant: Grant) {
      const { domain, types, primaryType, message } = grantTypedData(grant);
      const { sessionKey, nonce } = message;
      const signature = await (await account()).signTypedData({
        domain: { ...domain, chainId: BigInt(domain.chainId) },
        types,
        primaryType,
        message: {
          ...message,
          sessionKey,
          nonce,
          expiresAt: BigInt(message.expiresAt),
          consentVersion: Number(message.consentVersion),
        },
      });
      return fromHex(signature.slice(2));
    },
  };
}
