// What the routes and loops of one running coordinator share.
import type { Logger } from 'pino';
import type { BlobStore } from '#store/blob-store.ts';
import type { Database } from '#store/database.ts';
import type { VerdictOptions } from '#store/settlement.ts';
import type { Waits } from '#store/waits.ts';
import type { AdminGate } from './admin-token.ts';
import type { Challenges } from './challenges.ts';
import type { Claims } from './claims.ts';
import type { GaugeReader } from './gauges.ts';
import type { HeardSpeeds } from './heard-speeds.ts';
import type { Losses } from './losses.ts';
import type { Metrics } from './metrics.ts';
import type { ModelStore } from './model-store.ts';
import type { Partner } from './partner.ts';
import type { PresenceBook } from './presence-book.ts';
import type { ProjectBook } from './project-book.ts';
import type { ReceiptLog } from './receipt-log.ts';
import type { RowDigests } from './row-digests.ts';
import type { SettlementDesk } from './settlement-desk.ts';
import type { WalletChecks } from './wallet-checks.ts';

export interface Context {
  database: Database;
  /** Where everything is kept. */
  dataFolder: string;
  blobs: BlobStore;
  models: ModelStore;
  partner: Partner;
  waits: Waits;
  challenges: Challenges;
  wallets: WalletChecks;
  claims: Claims;
  /** Null where credit is not paid out. */
  settlement: SettlementDesk | null;
  /** What could not be read just now. */
  losses: Losses;
  rowDigests: RowDigests;
  /** What every operation that may end in a verdict is told, now. */
  verdicts(): VerdictOptions;
  /** Milliseconds of the coordinator's clock. */
  now(): number;
  /** Uniform in [0, 1): when a contributor is to come back. */
  random(): number;
  laboratory: boolean;
  chainId: number;
  /** The coordinator's own origin, as grants name it. */
  origin(): string;
  projects: ProjectBook;
  receiptKey: Uint8Array;
  /** Ed25519 by that key, 64 bytes. */
  signReceipt(payload: Uint8Array): Uint8Array;
  receiptLog: ReceiptLog;
  log: Logger;
  metrics: Metrics;
  gauges: GaugeReader;
  speeds: HeardSpeeds;
  presence: PresenceBook;
  admin: AdminGate;
  /** When the loops last let time pass; null where a test does. */
  timePassedAt(): number | null;
  /** True once the coordinator stops: no more leases. */
  closing(): boolean;
  /** Something was committed that the coordinator's own loops may wait for. */
  wake(): void;
}
