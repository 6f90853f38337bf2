// What the coordinator and the checks of a receipt may answer, for the tests of the views that show
// them: a month of an account, and one check of each outcome.
import { CONSENT_VERSION } from '#protocol/wire.ts';
import type { AccountAnswer, VerifyReport, VerifyStep } from '#worker/status.ts';

const dayMs = 86_400_000;
const device = '0x9c1185a5c5e9fc54612808977ee8f548b2258d31';
export const walletAddress = `0x${'1'.repeat(40)}`;

/** The last month up to `now`, with days of rest in between. */
function monthOf(now: number): AccountAnswer['history'] {
  return Array.from({ length: 30 }, (_, index) => ({
    day: new Date(now - (29 - index) * dayMs).toISOString().slice(0, 10),
    accepted: (index * 37) % 11 < 3 ? 0 : 12 + ((index * 53) % 41),
    rejected: index === 18 ? 2 : 0,
    credit: ((index * 53) % 41) * 10_486,
  })).filter(({ accepted }) => accepted > 0);
}

export function accountAnswer(change: Partial<AccountAnswer> = {}): AccountAnswer {
  return {
    wire: 2,
    account: device,
    boundTo: null,
    credit: { earned: 1_237_348, held: 20_972, pending: 10_486, claimable: 1_237_348, paid: 0 },
    history: monthOf(Date.now()),
    consent: { version: CONSENT_VERSION, expiresInMs: 80 * dayMs },
    sessions: 1,
    ...change,
  };
}

const step = (code: VerifyStep['code'], values: VerifyStep['values'] = {}): VerifyStep => {
  const check = code.split('/')[0] as VerifyStep['check'];
  return { check, outcome: 'holds', code, values, share: null };
};

const held = [
  step('receipt/holds', { receipt: 'a1'.repeat(32), kind: 'credited', verdict: 'verdict/audited' }),
  step('signature/holds', { key: '7f'.repeat(32) }),
  step('inclusion/holds', { index: 88_412, size: 90_113 }),
  step('result/holds', { index: 2, count: 8 }),
  step('wallet/holds', { account: device }),
  step('credit/holds', { cost: 10_485_760_000, credit: 10_486 }),
  step('recompute/holds', { rows: 32, bytes: 12_288, backend: 'wasm' }),
];

const replaced = (steps: VerifyStep[]): VerifyStep[] =>
  held.map((known) => steps.find(({ check }) => check === known.check) ?? known);

export const reports = {
  holds: { steps: held, outcome: 'holds' },
  unchecked: {
    steps: replaced([
      { ...step('inclusion/waiting'), outcome: 'unchecked' },
      { ...step('recompute/input-gone'), outcome: 'unchecked' },
    ]),
    outcome: 'unchecked',
  },
  fails: {
    steps: replaced([
      { ...step('signature/not-signed', { key: '7f'.repeat(32) }), outcome: 'fails' },
    ]),
    outcome: 'fails',
  },
} satisfies Record<string, VerifyReport>;

/** Half of the unit is computed again. */
export const recomputing: VerifyStep = {
  ...step('recompute/computing', { model: 'all-MiniLM-L6-v2', rows: 32 }),
  outcome: 'running',
  share: 0.5,
};
