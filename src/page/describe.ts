// A status as words: the state's name and tone, what happens, what it means and what to do.
// Plain sentences for a visitor who has never heard of leases.
import type { ContributorStatus, Phase } from '#worker/status.ts';
import { explainError } from './explain-error.ts';
import { formatDuration, formatNoun } from './format.ts';

/** rest: nothing runs; work: it runs; wait: it will go on by itself or on a word; fail: it cannot. */
type Tone = 'rest' | 'work' | 'wait' | 'fail';

export interface Description {
  tone: Tone;
  title: string;
  what: string;
  means: string;
  act: string;
  /** The error's code, for whoever is asked for help; else empty. */
  code: string;
}

const tones: Record<Phase, Tone> = {
  idle: 'rest',
  connecting: 'work',
  testing: 'work',
  loading: 'work',
  working: 'work',
  waiting: 'wait',
  paused: 'wait',
  stopping: 'wait',
  stopped: 'rest',
  failed: 'fail',
};

const words: Record<Exclude<Phase, 'failed'>, [title: string, means: string, act: string]> = {
  idle: ['Idle', 'Nothing is fetched, stored or computed.', 'Press Start when you like.'],
  connecting: [
    'Connecting',
    'The page opens a session with the coordinator. A wallet, if you chose one, asks you to sign.',
    '',
  ],
  testing: [
    'Testing this device',
    'It computes a problem whose answer is known. A device that gets one byte wrong takes no work.',
    '',
  ],
  loading: [
    'Loading the model',
    'Each file is checked against its digest before it is kept, and again when it is read.',
    '',
  ],
  working: ['Working', '', ''],
  waiting: ['Waiting', 'Nothing is being computed now.', 'Leave the tab open, or press Stop.'],
  paused: ['Paused', 'Nothing is being computed now.', 'Press Resume to go on, or Stop to end.'],
  stopping: ['Stopping', 'Units that are not finished go back, for other machines to compute.', ''],
  stopped: [
    'Stopped',
    'Nothing is running. You can close this tab.',
    'Press Start to begin again.',
  ],
};

const yieldingWords =
  'Yielding: this page’s frames were late, so it computes less until they are smooth again.';

export function describe(status: ContributorStatus): Description {
  const { phase, error, message } = status;
  const tone = tones[phase];
  if (phase === 'failed') {
    const { title, means, act } = explainError(error ?? unknownError(message));
    const what = error ? [error.message, ...error.metaMessages].join(' ') : message;
    return { tone, title, what, means, act, code: error?.code ?? '' };
  }
  const [title, means, act] = words[phase];
  const what = phase === 'working' ? describeWork(status) : withoutTitle(message, title);
  const sent =
    phase === 'stopped' && status.outbox > 0
      ? ` ${formatNoun(status.outbox, 'finished result')} stay in this browser, to be sent after ` +
        'the next Start.'
      : '';
  const yields = phase === 'working' && status.yielding ? yieldingWords : '';
  return { tone, title, what, means: means + sent + yields, act, code: error?.code ?? '' };
}

function describeWork({ message, project, model }: ContributorStatus): string {
  if (!project && !model) return withoutTitle(message, 'Working');
  return `Turning texts into vectors${project ? ` for ${project}` : ''}${model ? `, with ${model}` : ''}.`;
}

/** "Asks again in about 40 s." counted down from the coordinator's own figure. */
export function describeReturn(remainingMs: number): string {
  return remainingMs < 1000
    ? 'It asks the coordinator again now.'
    : `It asks the coordinator again in about ${formatDuration(remainingMs)}.`;
}

/** The worker writes "Waiting: no unit needs this device now."; the title says Waiting already. */
function withoutTitle(message: string, title: string): string {
  if (message === `${title}.` || message === title) return '';
  const word = title.split(' ')[0];
  if (!message.startsWith(`${word}: `) && !message.startsWith(`${word}. `)) return message;
  const rest = message.slice(word.length + 2);
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

function unknownError(message: string) {
  return { code: 'internal/unexpected', message, retryable: true, metaMessages: [] };
}
