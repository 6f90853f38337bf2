// Opens the settlement that a coordinator pays by, for whoever claims, deposits or withdraws. Where it
// lies is the coordinator's word unless --settlement says so; what it says is the chain's alone.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createPublicClient, http } from 'viem';
import { isAddress } from 'viem/utils';
import { z } from 'zod';
import { IdlewildError } from '#protocol/errors.ts';
import { type Chain, openChain } from '#settlement/chain.ts';
import { toChainError } from '#settlement/chain-errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { readToken, type Token } from '#settlement/read-token.ts';
import { fetchJson } from './fetch-bytes.ts';
import { environmentName } from './settings.ts';

export interface SettlementFlags {
  coordinator?: string;
  settlement?: Hex;
  chainId?: number;
  chainRpc: string;
  confirmations: number;
}

export interface SettlementClient {
  chain: Chain;
  token: Token;
}

const epochsBytesMax = 4 << 20;
/** A person waits, and would only run it again. */
const answerMsMax = 60_000;
/** Hundreds of blocks are hours on most chains. */
const confirmationsMax = 1_000;

/** Gives a command what it needs to find the contract and to ask the chain. */
export function addSettlementFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--coordinator <url>', 'the coordinator, which says where its contract lies').env(
        environmentName('coordinator'),
      ),
    )
    .addOption(
      new Option('--chain-rpc <url>', 'a node of the chain')
        .env(environmentName('chain-rpc'))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--settlement <address>', 'the contract, where you know it from elsewhere')
        .env(environmentName('settlement'))
        .argParser(readAddress),
    )
    .option('--chain-id <n>', 'the chain, where you know it from elsewhere', readChainId)
    .option('--confirmations <n>', 'blocks before a transaction is believed', readConfirmations, 1);
}

export function readAddress(text: string): Hex {
  if (!isAddress(text, { strict: false })) throw new InvalidArgumentError('expected an address');
  // Letters of both cases are a checksum: money must not go astray for a slip of the hand.
  if (!isAddress(text)) throw new InvalidArgumentError('its capital letters are mistyped');
  return text.toLowerCase() as Hex;
}

function readChainId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected the number of a chain');
}

function readConfirmations(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= confirmationsMax) return number;
  throw new InvalidArgumentError(`expected 1 to ${confirmationsMax}`);
}

/** @throws settlement/not-set, other-contract, not-named, not-deployed; chain/...; fetch/... */
export async function openSettlement(flags: SettlementFlags): Promise<SettlementClient> {
  const { chainRpc: url, confirmations } = flags;
  const settlement = flags.settlement ?? (await askCoordinator(flags));
  const chainId = flags.chainId ?? (await askChainId(url));
  const chain = await openChain({
    url,
    chainId,
    settlement,
    confirmations,
    timeoutMs: answerMsMax,
  });
  return { chain, token: await readToken(chain) };
}

const epochsSchema = z.object({
  contract: z.string().refine(isAddress).nullable(),
  chain_id: z.number().int().positive().optional(),
});

/** The contract of its list of epochs; on another chain than was named, it is none of ours. */
async function askCoordinator({ coordinator, chainId }: SettlementFlags): Promise<Hex> {
  if (coordinator === undefined || !URL.canParse(coordinator)) {
    throw new IdlewildError('settlement/not-named', 'Where is the contract?', {
      metaMessages: ['Give --coordinator, the address of a coordinator, or --settlement.'],
    });
  }
  const said = epochsSchema.safeParse(
    await fetchJson(new URL('/v1/epochs', coordinator), epochsBytesMax),
  );
  if (!said.success || said.data.contract === null) {
    throw new IdlewildError('settlement/not-set', 'This coordinator settles on no chain.');
  }
  if (chainId !== undefined && said.data.chain_id !== chainId) {
    const message = `The coordinator settles on chain ${said.data.chain_id}, not ${chainId}.`;
    throw new IdlewildError('settlement/other-chain', message);
  }
  return said.data.contract.toLowerCase() as Hex;
}

async function askChainId(url: string): Promise<number> {
  const client = createPublicClient({ transport: http(url, { retryCount: 0 }) });
  return client.getChainId().catch((thrown) => {
    throw toChainError(thrown, 'say which chain it is of');
  });
}
