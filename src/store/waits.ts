// Every wait and rate of the coordinator, by name, with the value that an operator gets unasked.

export const waits = {
  /** A lease lasts at least this long, and at most leaseMsMax. */
  leaseMsMin: 30_000,
  leaseMsMax: 60 * 60_000,
  /** A lease lasts this many times what the contributor's speed promises for all that it holds. */
  leaseSlack: 4,
  /** Work that a contributor holds at its own speed. */
  leasedAheadMs: 10_000,
  /**
   * A result waits so long for a stranger's before the coordinator is its partner; at its batch's tail
   * so do rows to audit.
   */
  partnerWaitMs: 15_000,
  /** A bounded unit's second result is left so long to contributors of its first one's adapter class. */
  sameClassMs: 10_000,
  /** Rows to audit, and audits that nobody takes, wait so long before they are the coordinator's own. */
  auditorWaitMs: 10 * 60_000,
  /** Rows wait so long for others to be audited with. */
  auditWaitMs: 5_000,
  /** A contributor that was not seen for so long has left: its held units are closed. */
  leaverMs: 10 * 60_000,
  /** A contributor that asked for work within this time may still become a partner. */
  liveMs: 60_000,
  /** How long a wallet has to sign a challenge. */
  challengeMs: 10 * 60_000,
  grantMs: 24 * 60 * 60_000,
  /** A click on the consent text holds so long. */
  consentMs: 90 * 24 * 60 * 60_000,
  /** Completion window of a batch. */
  batchMs: 24 * 60 * 60_000,
  /** Between two looks at leases, batches and partners. */
  tickMs: 500,
  /** The loops look around at most so often, however many calls wake them. */
  wakeMs: 100,
  /** So long rows are gathered for the next audits, and for the coordinator's own. */
  restMs: 200,
  /** A receipt waits so long for its place in the log: its tree is signed at most so often. */
  logMs: 1_000,
  /** Between two requests to the witnesses that cosign the log. */
  witnessMs: 60_000,
  /** When to come back: with nothing to do, and with a verdict or a partner to wait for. */
  retryIdleMs: 4_000,
  retrySoonMs: 1_000,
  /** A stop waits so long for requests that are half here. */
  closeMs: 5_000,
  /** What a replica of several has begun is left to it so long; it renews this while it lives. */
  claimMs: 60_000,
  /** What failed is not tried again before; a batch that goes on failing, after up to an hour. */
  failedMs: 60_000,
  failedMsMax: 60 * 60_000,
  /** An input that the disk does not give is waited for so long: a share may be mounted again. */
  lostMs: 60 * 60_000,
  /**
   * Payloads of private batches are kept so long after their end, and files after their upload. 0 is
   * for ever.
   */
  privateRetentionMs: 30 * 24 * 60 * 60_000,
  /** Those of open batches, which anyone may compute again. */
  openRetentionMs: 365 * 24 * 60 * 60_000,
  /**
   * Nothing of a batch goes sooner after its end, and then its units' outputs do, which its output file
   * holds: a lease that was withdrawn may bring its result until leaseMsMax.
   */
  settledMs: 65 * 60_000,
  /** An audit's payloads, once it is over, are kept so long from when it was made. */
  auditMs: 24 * 60 * 60_000,
  /** Between two looks for payloads whose time is over. */
  retentionMs: 60_000,
  /** Between two searches for files of payloads that no row names. */
  sweepMs: 60 * 60_000,
} as const;

export type Waits = { -readonly [Name in keyof typeof waits]: number };
