// What the worker says of itself, in the visitor's language: by the code of its status. A reason of
// the coordinator that has no words here is given as the coordinator said it.

import { formatBytes } from '#words/format.ts';
import { say } from '#words/say.ts';
import type { ContributorStatus, SayingCode } from '#worker/status.ts';
import { explainError } from './explain-error.ts';

type Values<Code extends SayingCode> = Extract<
  ContributorStatus['saying'],
  { code: Code }
>['values'];
type Sentences = { [Code in SayingCode]: (values: Values<Code>) => string };

const nothing = () => '';
const reason = ({ code, message }: { code: string; message: string }) => sayReason(code, message);

/** Empty where the state's own words say it all. */
const sentences: Sentences = {
  'idle/not-started': nothing,
  'connecting/session': nothing,
  'connecting/again': () => say('saying.again'),
  'testing/known-answers': nothing,
  'testing/again': () => say('saying.device-again'),
  'loading/model': nothing,
  'working/unit': nothing,
  'working/finishing': nothing,
  'waiting/asking': () => say('saying.asking'),
  'waiting/reason': reason,
  'waiting/error': reason,
  'waiting/retry': () => say('saying.retry'),
  'waiting/other-tab': () => say('saying.tab'),
  'waiting/verdicts': () => say('saying.verdicts'),
  'waiting/broken-work': () => say('saying.broken-work'),
  'paused/reasons': nothing,
  'paused/daily-cap': ({ model, neededBytes, usedBytes, capBytes }) => {
    const cap = formatBytes(capBytes);
    if (neededBytes <= 0) return say('saying.daily-full', { cap });
    const [needed, used] = [formatBytes(neededBytes), formatBytes(usedBytes)];
    return say('saying.daily-cap', { model, needed, used, cap });
  },
  'paused/disk-cap': ({ model, neededBytes, capBytes }) =>
    say('saying.disk-cap', {
      model,
      needed: formatBytes(neededBytes),
      cap: formatBytes(capBytes),
    }),
  'stopping/handing-back': nothing,
  'stopping/done': nothing,
  'stopped/done': nothing,
  'stopped/worker-silent': () => say('saying.silent'),
  'failed/error': nothing,
};

export function sayDoing({ saying, message }: ContributorStatus): string {
  const { code, values } = saying;
  // A worker of another version may say what this page has no words for.
  const sentence = sentences[code] as ((given: typeof values) => string) | undefined;
  return sentence ? sentence(values) : message;
}

const reasons = {
  'work/none': 'reason.none',
  'work/partner-only': 'reason.partner-only',
  'work/enough': 'reason.enough',
  'work/not-wanted': 'reason.not-wanted',
  'work/no-project-unit': 'reason.project',
  'work/input-damaged': 'reason.input-damaged',
  'coordinator/busy': 'reason.busy',
  'limits/calls': 'reason.busy',
  'coordinator/unreachable': 'reason.offline',
} as const;

function sayReason(code: string, message: string): string {
  if (code in reasons) return say(reasons[code as keyof typeof reasons]);
  if (/^(consent|account)\//.test(code)) {
    return explainError({ code, message, retryable: false, metaMessages: [] }).means;
  }
  return message ? say('reason.other', { message }) : '';
}
