// A status as words: the state's name and tone, what happens, what it means and what to do.
// Plain sentences for a visitor who has never heard of leases, in the visitor's language.

import { formatDuration } from '#words/format.ts';
import { count, currentLocale, say } from '#words/say.ts';
import type { ContributorStatus, Phase } from '#worker/status.ts';
import { explainError } from './explain-error.ts';
import { describeEnds, describePauses } from './pause-words.ts';
import { sayDoing } from './saying-words.ts';

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

export function describe(status: ContributorStatus, now = new Date()): Description {
  const { phase } = status;
  const tone = tones[phase];
  if (phase === 'failed') return { tone, ...describeFailure(status) };
  const said = { tone, title: say(`phase.${phase}.title`), what: sayDoing(status), code: '' };
  switch (phase) {
    case 'idle':
      return { ...said, means: say('phase.idle.means'), act: say('phase.idle.act') };
    case 'working':
      return { ...said, ...describeWork(status) };
    case 'waiting':
      return { ...said, means: say('phase.waiting.means'), act: say('phase.waiting.act') };
    case 'paused':
      return { ...said, ...describePause(status, now) };
    case 'stopped':
      return { ...said, means: describeStop(status), act: say('phase.stopped.act') };
    default:
      return { ...said, means: say(`phase.${phase}.means`), act: '' };
  }
}

function describeFailure({ error, message }: ContributorStatus): Omit<Description, 'tone'> {
  const known = error ?? { code: '', message, retryable: true, metaMessages: [] };
  const { title, means, act } = explainError(known);
  const own = [known.message, ...known.metaMessages].join(' ');
  // The program's own words are English: beside another language they are named as such.
  const isEnglish = currentLocale().startsWith('en');
  return {
    title,
    what: isEnglish ? own : means,
    means: isEnglish ? means : say('error.what', { message: own }),
    act,
    code: known.code,
  };
}

function describeWork(status: ContributorStatus) {
  const { project, model, yielding, finishing } = status;
  const what =
    project && model
      ? say('work.both', { project, model })
      : project
        ? say('work.for', { project })
        : model
          ? say('work.with', { model })
          : '';
  const means = yielding ? say('phase.working.yielding') : '';
  if (!finishing) return { what, means, act: '' };
  return {
    title: say('phase.finishing.title'),
    what,
    means: say('phase.finishing.means'),
    act: '',
  };
}

function describePause(status: ContributorStatus, now: Date) {
  const { pauses } = status;
  const rest = say('phase.waiting.means');
  if (pauses.length === 0) return { what: '', means: rest, act: say('phase.paused.act') };
  return {
    what: describePauses(pauses),
    means: join(sayDoing(status), rest),
    act: describeEnds(status, now),
  };
}

function describeStop({ outbox }: ContributorStatus): string {
  const kept =
    outbox > 0 ? say('phase.stopped.kept', { results: count('count.finished', outbox) }) : '';
  return join(say('phase.stopped.means'), kept);
}

/** "Asks again in about 40 s." counted down from the coordinator's own figure. */
export function describeReturn(remainingMs: number): string {
  return remainingMs < 1000
    ? say('return.now')
    : say('return.later', { duration: formatDuration(remainingMs) });
}

function join(...sentences: string[]): string {
  return sentences.filter(Boolean).join(' ');
}
