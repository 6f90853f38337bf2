// What a check of a receipt tells, step by step: a code and values for each outcome, so that a page
// can say it in any language. Types only.

/** In this order; the first one is what all others need. */
export type VerifyCheck =
  | 'receipt'
  | 'signature'
  | 'inclusion'
  | 'result'
  | 'wallet'
  | 'credit'
  | 'recompute';

/** `unchecked` claims nothing: the code says what was in the way. */
export type VerifyOutcome = 'running' | 'holds' | 'fails' | 'unchecked';

/** Of an error that was in the way. */
type Reason = { code: string; message: string };
type Nothing = Record<never, never>;

/** Every code, by outcome, with its values. */
export interface VerifyCodes {
  running: { [Check in VerifyCheck as `${Check}/running`]: Nothing } & {
    /** The step's `share` of the model is here; it is fetched only where the disk has it not. */
    'recompute/loading': { model: string };
    /** The step's `share` of the unit is computed. */
    'recompute/computing': { model: string; rows: number };
  };
  holds: {
    /** `verdict` is the code by which it was decided. */
    'receipt/holds': { receipt: string; kind: 'credited' | 'voided'; verdict: string };
    /** By the key (hex) that this browser knows from an earlier time. */
    'signature/holds': { key: string };
    /** By a key that this browser meets for the first time, and remembers from now on. */
    'signature/holds-new-key': { key: string };
    /** Leaf `index` of the signed tree of `size`, which continues the one seen before. */
    'inclusion/holds': { index: number; size: number };
    /** The same of a private receipt, whose leaf shows its sums and a salted commitment. */
    'inclusion/holds-sealed': { index: number; size: number };
    /** Result `index`, from 0, of the `count` of one call that the session key signed. */
    'result/holds': { index: number; count: number };
    /** Signed alone, as before wire 2. */
    'result/holds-alone': Nothing;
    'wallet/holds': { account: string };
    'credit/holds': { cost: number; credit: number };
    'recompute/holds': { rows: number; bytes: number; backend: string };
    /** The receipt gives no credit, and the result is indeed another than the true one. */
    'recompute/holds-void': { rows: number; bytes: number; backend: string };
  };
  fails: {
    /** The coordinator named a receipt, and shows none by that name. */
    'receipt/withheld': { receipt: string; answer: string };
    'receipt/malformed': Reason;
    'receipt/other-id': { stated: string; computed: string };
    'receipt/other-lease': { stated: string; expected: string };
    'receipt/other-account': { stated: string; expected: string };
    /** The receipt and the contributor's result in it differ in this field. */
    'receipt/contradiction': { field: string };
    'signature/not-signed': { key: string };
    /** The coordinator shows another key than this browser remembers. */
    'signature/other-key': { stated: string; expected: string };
    'inclusion/not-included': { index: number; size: number };
    /** The log is not to be believed: it forked, is another one, or is not signed. */
    'inclusion/log': Reason;
    'result/not-signed': Nothing;
    /** The call that was signed does not name this result. */
    'result/not-placed': { index: number };
    'wallet/not-signed': { account: string };
    'wallet/other-account': { stated: string; expected: string };
    'wallet/other-coordinator': { stated: string; expected: string };
    'credit/other-cost': { stated: number; computed: number };
    'credit/other-credit': { stated: number; computed: number };
    /** The verdict that this page was told of credited otherwise. */
    'credit/other-than-told': { stated: number; told: number };
    /** The coordinator gives an input that is another unit's. */
    'recompute/other-input': { stated: string; computed: string };
    'recompute/other-model': { stated: string; computed: string };
    /** Computed twice, the second time by the oracle. */
    'recompute/other-digest': { stated: string; computed: string };
    /** It calls itself bounded, which its model is not. */
    'recompute/other-class': { model: string };
  };
  unchecked: { [Check in VerifyCheck as `${Check}/failed`]: Reason } & {
    /** A check that this one needs did not hold. */
    [Check in Exclude<VerifyCheck, 'receipt'> as `${Check}/not-reached`]: Nothing;
  } & {
    /** This visit was told of no receipt of that lease. */
    'receipt/unknown': { lease: string };
    /** This browser has no Ed25519. */
    'signature/unsupported': Nothing;
    'inclusion/unsupported': Nothing;
    /** The log has not come to it yet: try in a moment. */
    'inclusion/waiting': Nothing;
    /** Older than the log. */
    'inclusion/unlogged': Nothing;
    /** The coordinator does not show the keys of its log. */
    'inclusion/unseen': Nothing;
    /** The coordinator shows less of its log than before; a stale cache does so too. */
    'inclusion/older': Nothing;
    /** The account is a contract, of which the coordinator says that its chain was asked at `block`. */
    'wallet/contract': { account: string; block: number };
    /** They agree with each other; but what the unit cost is the coordinator's word. */
    'credit/no-input': { cost: number; credit: number };
    /** The input was deleted at the end of its retention, or lost. */
    'recompute/input-gone': Nothing;
    /** A bounded result: there are no bytes to compare. */
    'recompute/bounded': Nothing;
    /** A cap of the settings is in the way of the model. */
    'recompute/capped': { model: string };
  };
}

type CodeOf<Outcome extends VerifyOutcome> = keyof VerifyCodes[Outcome] & string;
export type VerifyCode = { [Outcome in VerifyOutcome]: CodeOf<Outcome> }[VerifyOutcome];

export interface VerifyStep {
  check: VerifyCheck;
  outcome: VerifyOutcome;
  code: VerifyCode;
  values: Record<string, string | number>;
  /** Of a running step: 0 to 1, where it is known. */
  share: number | null;
}

export interface VerifyReport {
  /** The last of each check, in their order. */
  steps: VerifyStep[];
  /** `holds` only if all do; `fails` if any does. */
  outcome: 'holds' | 'fails' | 'unchecked';
}
