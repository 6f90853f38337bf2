// A key made in this browser, for people without a wallet. It earns credit that can be bound to a
// wallet later, and never holds funds: browsers may delete it. The worker makes this signer itself
// when the page starts it with no signer (null).
import type { Binding } from '#protocol/binding.ts';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import type { Revocation } from '#protocol/revocation.ts';
import type { Grant } from '#protocol/wire.ts';
import type { TypedData } from './hash-typed-data.ts';
import type { GrantSigner } from './signer.ts';

/** What the key is kept in; cache/store.ts has it. */
export interface KeyStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
}

/** The address beside its key: whoever comes back needs no curve to know it. */
interface DeviceKey {
  /** Hex. */
  key: string;
  /** Lower-case 0x. */
  address: string;
}

const keyName = 'device-key';

/** The curve's code is fetched where a key is made, or signs: not by a visit that resumes. */
const fetchCurve = () => import('./typed-signatures.ts');

export function deviceSigner(store: KeyStore): GrantSigner {
  const deviceKey = async (): Promise<DeviceKey> => {
    const kept = await store.get(keyName);
    if (isDeviceKey(kept)) return kept;
    const { addressOf, createPrivateKey } = await fetchCurve();
    // Earlier releases kept the key alone, as viem writes it.
    const secret = typeof kept === 'string' ? fromHex(kept.slice(2)) : createPrivateKey();
    const made = { key: toHex(secret), address: addressOf(secret) };
    await store.set(keyName, made);
    return made;
  };
  const sign = async (data: TypedData) => {
    const [{ signTypedData }, { key }] = await Promise.all([fetchCurve(), deviceKey()]);
    return signTypedData(data, fromHex(key));
  };
  return {
    kind: 'device',
    address: async () => (await deviceKey()).address,
    signGrant: (grant: Grant) => sign(grantTypedData(grant)),
    async signBinding(binding: Binding) {
      const { bindingTypedData } = await import('#protocol/binding.ts');
      return sign(bindingTypedData(binding));
    },
    async signRevocation(revocation: Revocation) {
      const { revocationTypedData } = await import('#protocol/revocation.ts');
      return sign(revocationTypedData(revocation));
    },
  };
}

function isDeviceKey(kept: unknown): kept is DeviceKey {
  const { key, address } = (kept ?? {}) as Partial<DeviceKey>;
  return typeof key === 'string' && typeof address === 'string';
}
