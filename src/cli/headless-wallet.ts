// A wallet for a headless browser: the page sees an ordinary EIP-6963 provider, whose key stays in
// this process and signs one grant with viem's local account.
import type { Page } from 'playwright-core';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { IdlewildError } from '#protocol/errors.ts';

export interface HeadlessWallet {
  /** Lower-case. */
  address: string;
  /** Shows the provider to every document of the page from now on. */
  install(page: Page): Promise<void>;
}

interface Call {
  method: string;
  params?: unknown[];
}

/**
 * @param key a private key in hex, with or without 0x; none makes a new account
 * @throws work/bad-key
 */
export function createHeadlessWallet(key: string | undefined): HeadlessWallet {
  const account = privateKeyToAccount(readKey(key));
  const address = account.address.toLowerCase();
  /** The wallet follows the chain that the page asks for: it only signs, and sends nothing. */
  let chain = '0x1';
  const answer = async ({ method, params = [] }: Call): Promise<unknown> => {
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return [address];
      case 'eth_chainId':
        return chain;
      case 'wallet_switchEthereumChain':
        chain = String((params[0] as { chainId?: unknown } | undefined)?.chainId);
        return null;
      case 'eth_signTypedData_v4':
        return account.signTypedData(JSON.parse(String(params[1])));
      default:
        throw new IdlewildError('wallet/unsupported', `This wallet has no ${method}.`);
    }
  };
  return {
    address,
    async install(page) {
      await page.exposeBinding('idlewildWallet', (_source, call: Call) => answer(call));
      await page.addInitScript({ content: `{${announceProvider}}` });
    },
  };
}

function readKey(key: string | undefined): `0x${string}` {
  if (key === undefined) return generatePrivateKey();
  const hex = key.startsWith('0x') ? key.slice(2) : key;
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) {
    throw new IdlewildError('work/bad-key', 'The key is not a private key of 64 hex digits.');
  }
  return `0x${hex}`;
}

/**
 * Runs in the page, before its own scripts. Text and not a function: what the TypeScript runner
 * makes of a function does not run in a browser.
 */
const announceProvider = `
  const provider = { request: (call) => globalThis.idlewildWallet(call) };
  const info = {
    uuid: 'b3b2f7f0-7a3d-4d52-9a0e-5f6f0a1f7c11',
    name: 'Headless wallet',
    icon: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>',
    rdns: 'idlewild.headless',
  };
  const announce = () => {
    const detail = Object.freeze({ info, provider });
    dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }));
  };
  addEventListener('eip6963:requestProvider', announce);
  announce();
`;
