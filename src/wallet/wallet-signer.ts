// Signs grants and bindings with a wallet of the page: one EIP-712 signature, no transaction.
import { type Binding, bindingTypedData } from '#protocol/binding.ts';
import { type Bytes, fromHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { grantTypedData } from '#protocol/grant.ts';
import { limits } from '#protocol/limits.ts';
import { type Revocation, revocationTypedData } from '#protocol/revocation.ts';
import type { Grant } from '#protocol/wire.ts';
import type { Provider } from './provider.ts';
import type { GrantSigner } from './signer.ts';

const signMethod = 'eth_signTypedData_v4';
/** EIP-1193: refused by the person, and an account that the site may not use, or not any more. */
const codes = { refused: 4001, unauthorized: 4100, busy: -32002 };

/**
 * @throws wallet/refused, wallet/busy, wallet/no-account, wallet/other-account, wallet/wrong-chain,
 *   wallet/unsupported-signature, wallet/failed
 */
export function walletSigner(provider: Provider): GrantSigner {
  const ask = async (method: string, params: readonly unknown[] = []) => {
    try {
      return await provider.request({ method, params });
    } catch (cause) {
      throw walletError(method, cause);
    }
  };
  const sign = async ({ account, chainId }: { account: string; chainId: number }, data: object) => {
    await useChain(ask, chainId);
    return parseSignature(await ask(signMethod, [account, JSON.stringify(data)]));
  };
  return {
    kind: 'wallet',
    async address() {
      const accounts = await ask('eth_requestAccounts');
      const address: unknown = Array.isArray(accounts) ? accounts[0] : null;
      if (typeof address !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(address)) {
        throw new IdlewildError('wallet/no-account', 'The wallet showed no account.', {
          metaMessages: [
            'Open the wallet, choose an account for this site, and press Start again.',
          ],
        });
      }
      return address.toLowerCase();
    },
    signGrant: (grant: Grant) =>
      sign({ account: grant.account, chainId: grant.chainId }, grantTypedData(grant)),
    signBinding: (binding: Binding) =>
      sign({ account: binding.wallet, chainId: binding.chainId }, bindingTypedData(binding)),
    signRevocation: (revocation: Revocation) => sign(revocation, revocationTypedData(revocation)),
  };
}

type Ask = (method: string, params?: readonly unknown[]) => Promise<unknown>;

/** Wallets refuse typed data for a chain that they are not on. */
async function useChain(ask: Ask, chainId: number): Promise<void> {
  const wanted = `0x${chainId.toString(16)}`;
  const isThere = async () => Number(await ask('eth_chainId')) === chainId;
  if (await isThere()) return;
  const refusal = await ask('wallet_switchEthereumChain', [{ chainId: wanted }]).catch(
    (cause: unknown) => cause,
  );
  if (await isThere()) return;
  throw new IdlewildError('wallet/wrong-chain', `The wallet is not on chain ${chainId}.`, {
    metaMessages: [
      'The grant is bound to that chain, though it sends no transaction.',
      `Add or choose chain ${chainId} in the wallet and press Start again.`,
    ],
    cause: refusal,
  });
}

/** Bytes of r before it is an address: a contract's own form (Safe's approved hashes), no curve's. */
const approvalBytes = 12;

/**
 * Wallets write v as 27 and 28, or as 0 and 1. A contract's signature has any length and any form: whether
 * it holds is for the coordinator to ask.
 */
export function parseSignature(answer: unknown): Bytes {
  const { walletSignatureBytesMax } = limits;
  const isHex = typeof answer === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(answer);
  if (!isHex || answer.length > 2 + 2 * walletSignatureBytesMax) {
    const most = `${walletSignatureBytesMax} bytes (walletSignatureBytesMax)`;
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

function walletError(method: string, cause: unknown): IdlewildError {
  if (cause instanceof IdlewildError) return cause;
  const { code, message } = (cause ?? {}) as { code?: number; message?: string };
  if (code === codes.refused) {
    return new IdlewildError('wallet/refused', 'You refused the request in the wallet.', { cause });
  }
  if (code === codes.unauthorized && method === signMethod) {
    const gone = 'The wallet does not show the account any more that it was asked to sign with.';
    return new IdlewildError('wallet/other-account', gone, {
      metaMessages: ['Choose one account in the wallet, and press Start again.'],
      cause,
    });
  }
  if (code === codes.busy) {
    return new IdlewildError('wallet/busy', 'The wallet still waits for your answer.', {
      metaMessages: ['Open it, answer what it asks, and press Start again.'],
      cause,
    });
  }
  const said = message ?? String(cause);
  return new IdlewildError('wallet/failed', `The wallet failed at ${method}: ${said}`, { cause });
}
