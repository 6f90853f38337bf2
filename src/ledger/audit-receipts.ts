// Each leaf by what it says: an open receipt whole, from wallet to credit; a sealed one as far as it
// shows; a change of key against the chain that the reader followed.
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { decodeLogEntry, type LogEntry } from '#protocol/log-entry.ts';
import type { Faults } from './audit-fault.ts';
import { createReceiptVerifier, type VerifiedReceipt } from './verify-receipt.ts';
import type { WalletChain } from './wallet-chain.ts';

export interface ReceiptsAudit {
  open: number;
  sealed: number;
  rotations: number;
  /** @returns the entry, null where it cannot be believed; faults are collected */
  take(leaf: number, bytes: Uint8Array): Promise<LogEntry | null>;
}

export interface ReceiptsAuditOptions {
  faults: Faults;
  /** Of the coordinator: grants must name it. */
  hostname: string;
  /** Notes that the reader's chain of keys was built from. */
  rotations: readonly Uint8Array[];
  /** Asked about wallets that are contracts; without one they stay unchecked. */
  walletChain?: WalletChain | null;
  /** Open receipts that hold. */
  onReceipt?(leaf: number, receipt: VerifiedReceipt): void;
  /** Sealed ones, for whoever brings their salts. */
  onSealed?(leaf: number, commitment: Uint8Array): void;
}

export function createReceiptsAudit(options: ReceiptsAuditOptions): ReceiptsAudit {
  const { faults } = options;
  const verifier = createReceiptVerifier(options.walletChain ?? null);
  const leases = new Set<string>();
  const known = new Set(options.rotations.map(toHex));

  async function checkOpen(leaf: number, bytes: Uint8Array): Promise<void> {
    const verified = await verifier.verifyPayload(bytes);
    const { payload, result } = verified;
    if (!URL.canParse(payload.grant.coordinator)) throw foreign();
    if (new URL(payload.grant.coordinator).hostname !== options.hostname) throw foreign();
    const once = `${payload.kind} ${result.lease}`;
    if (leases.has(once)) {
      const message = `Lease ${result.lease} was ${payload.kind} before.`;
      throw new IdlewildError('receipt/repeated', message);
    }
    leases.add(once);
    options.onReceipt?.(leaf, verified);
  }

  const audit: ReceiptsAudit = {
    open: 0,
    sealed: 0,
    rotations: 0,
    async take(leaf, bytes) {
      try {
        const entry = decodeLogEntry(bytes);
        if (entry.kind === 'rotation') {
          audit.rotations++;
          if (!known.has(toHex(entry.note))) throw secretRotation();
        } else if (entry.kind === 'receipt') {
          audit.open++;
          await checkOpen(leaf, bytes);
        } else {
          audit.sealed++;
          if (entry.of === 'credited' ? entry.credit <= 0 : entry.credit !== 0) throw wrongCredit();
          options.onSealed?.(leaf, entry.commitment);
        }
        return entry;
      } catch (thrown) {
        if (!(thrown instanceof IdlewildError)) throw thrown;
        faults.add(thrown.code, leaf, `Leaf ${leaf}: ${thrown.shortMessage}`);
        return null;
      }
    },
  };
  return audit;
}

function foreign(): IdlewildError {
  return new IdlewildError('receipt/foreign-grant', 'The grant is for another coordinator.');
}

function secretRotation(): IdlewildError {
  const message = 'The log changed its key by a statement that it does not publish.';
  return new IdlewildError('log/secret-rotation', message);
}

function wrongCredit(): IdlewildError {
  return new IdlewildError('receipt/inconsistent', 'The credit is not one of its kind.');
}
