// How far a reader of a receipt can see that the wallet signed its grant: an ordinary account's key tells
// by itself; a contract is asked at its chain, as of the block that the receipt names.
import { IdlewildError } from '#protocol/errors.ts';
import { grantTypedData } from '#protocol/grant.ts';
import type { ReceiptPayload, WalletCheck } from '#protocol/receipt.ts';
import type { WalletChain } from './wallet-chain.ts';
import { hashStatement, isSignedByKey, type WalletStatement } from './wallet-signature.ts';

/**
 * How the grant was seen to be signed: by the account's own key; by a contract, which was asked at its
 * chain; by a contract, as the coordinator says: nobody asked it, or its chain did not tell.
 */
export type WalletSeen = 'key' | 'chain' | 'unchecked';

/** @returns null where the wallet did not sign */
export async function seeWallet(
  { grant, walletSignature: signature, walletCheck }: ReceiptPayload,
  chain: WalletChain | null,
): Promise<WalletSeen | null> {
  const statement = {
    account: grant.account,
    hash: hashStatement(grantTypedData(grant)),
    signature,
  };
  if (await isSignedByKey(statement)) return 'key';
  if (!isCheck(walletCheck)) return null;
  if (chain?.chainId !== grant.chainId) return 'unchecked';
  return askThen(chain, statement, walletCheck);
}

function isCheck(check: unknown): check is WalletCheck {
  const { kind, block } = (check ?? {}) as Partial<WalletCheck>;
  return (
    (kind === 'erc1271' || kind === 'erc6492') && Number.isSafeInteger(block) && Number(block) >= 0
  );
}

/** A node that has forgotten the state of then may know that it holds now, and cannot deny it. */
async function askThen(
  chain: WalletChain,
  statement: WalletStatement,
  { kind, block }: WalletCheck,
): Promise<WalletSeen | null> {
  try {
    const told = await chain.ask(statement, block);
    return told?.kind === kind ? 'chain' : null;
  } catch (thrown) {
    if (!isUntold(thrown)) throw thrown;
  }
  try {
    return (await chain.ask(statement)) ? 'chain' : 'unchecked';
  } catch (thrown) {
    if (!isUntold(thrown)) throw thrown;
    return 'unchecked';
  }
}

function isUntold(thrown: unknown): boolean {
  return thrown instanceof IdlewildError && thrown.code.startsWith('chain/');
}
