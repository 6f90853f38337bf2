// Asks a wallet of the page (EIP-1193): whatever it throws becomes an error with a code of ours.
import { IdlewildError } from '#protocol/errors.ts';
import type { Provider } from './provider.ts';

export type Ask = (method: string, params?: readonly unknown[]) => Promise<unknown>;

export const signMethod = 'eth_signTypedData_v4';
/** EIP-1193: refused by the person, and an account that the site may not use, or not any more. */
const codes = { refused: 4001, unauthorized: 4100, busy: -32002 };

/** @throws wallet/refused, wallet/busy, wallet/other-account, wallet/failed */
export function askWallet(provider: Provider): Ask {
  return async (method, params = []) => {
    try {
      return await provider.request({ method, params });
    } catch (cause) {
      throw walletError(method, cause);
    }
  };
}

/** Lower-case, of the account that the person chose for this site. @throws wallet/no-account */
export async function askAddress(ask: Ask): Promise<string> {
  const accounts = await ask('eth_requestAccounts');
  const address: unknown = Array.isArray(accounts) ? accounts[0] : null;
  if (typeof address !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(address)) {
    throw new IdlewildError('wallet/no-account', 'The wallet showed no account.', {
      metaMessages: ['Open the wallet, choose an account for this site, and press Start again.'],
    });
  }
  return address.toLowerCase();
}

/** Wallets refuse typed data, and send nothing, for a chain that they are not on. @throws wallet/wrong-chain */
export async function useChain(ask: Ask, chainId: number): Promise<void> {
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
