// The second band: the state in words, what the buttons allow, the figures and the progress.

import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLarge,
  formatSpeed,
  shorten,
} from '#words/format.ts';
import { count, onWords, say } from '#words/say.ts';
import type { ContributorStatus, Phase } from '#worker/status.ts';
import { describe, describeReturn } from './describe.ts';
import { find, setLine, setText } from './elements.ts';

const startable: Phase[] = ['idle', 'stopped', 'failed'];
const pausable: Phase[] = ['loading', 'working', 'waiting', 'paused'];
const finishable: Phase[] = ['loading', 'working'];
const countdownMs = 1000;

export interface MachineView {
  show(status: ContributorStatus): void;
}

/** @param canStart false where the page itself is in the way, such as an insecure context */
export function mountMachine(canStart: boolean): MachineView {
  const buttons = {
    start: find<HTMLButtonElement>('start'),
    pause: find<HTMLButtonElement>('pause'),
    finish: find<HTMLButtonElement>('finish'),
    stop: find<HTMLButtonElement>('stop'),
  };
  let askAt = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  let last: ContributorStatus | null = null;

  const showWords = () => {
    if (!last) return;
    const { tone, title, what, means, act, code } = describe(last);
    find('machine').dataset.tone = tone;
    setText(find('phase-title'), title);
    setLine(find('what'), what);
    const remainingMs = askAt - performance.now();
    const asks = last.phase === 'waiting' && askAt > 0 ? `${describeReturn(remainingMs)} ` : '';
    setLine(find('means'), means);
    setLine(find('act'), asks + act);
    setLine(find('code'), code && say('error.code', { code }));
    document.title = last.phase === 'idle' ? 'Idlewild' : say('name.title', { title });
  };

  const countDown = (status: ContributorStatus) => {
    const waits = status.phase === 'waiting' && status.retryAfterMs > 0;
    const fresh = last?.phase !== 'waiting' || last.retryAfterMs !== status.retryAfterMs;
    if (waits && fresh) askAt = performance.now() + status.retryAfterMs;
    if (!waits) askAt = 0;
    clearInterval(timer);
    if (waits) timer = setInterval(showWords, countdownMs);
  };

  const showButtons = ({ phase, pauses, finishing }: ContributorStatus) => {
    const { start, pause, finish, stop } = buttons;
    const focused = document.activeElement;
    const canPause = pausable.includes(phase);
    const canResume = phase === 'paused' && (pauses.length === 0 || pauses.includes('user'));
    start.disabled = !canStart || !startable.includes(phase);
    pause.disabled = !canPause;
    finish.disabled = !finishable.includes(phase);
    stop.disabled = startable.includes(phase) || phase === 'stopping';
    setText(start, say('controls.start'));
    setText(pause, canResume ? say('controls.resume') : say('controls.pause'));
    const isFinishing = finishing && canPause && !canResume;
    setText(finish, isFinishing ? say('controls.go-on') : say('controls.finish'));
    // A disabled button loses the keyboard's place; the state's name keeps it, and is read out.
    if (focused instanceof HTMLButtonElement && focused.disabled) find('phase').focus();
  };

  const showAll = (status: ContributorStatus) => {
    showWords();
    showButtons(status);
    find('signers').hidden =
      !startable.includes(status.phase) || find('signer-choices').children.length < 2;
    find('running').hidden = status.phase === 'idle' || (!status.device && !status.account);
    showGauges(status);
    showProgress(status);
  };
  onWords(() => last && showAll(last));

  return {
    show(status) {
      countDown(status);
      last = status;
      showAll(status);
    },
  };
}

function showGauges(status: ContributorStatus): void {
  const { device, account, rowsPerSecond, multiplyAddsPerSecond, units, rows, outbox } = status;
  const names = { webgpu: 'WebGPU', wasm: 'WebAssembly', typescript: 'TypeScript' };
  setText(find('device'), device ? names[device.backend] : say('device.none'));
  setText(
    find('device-why'),
    device ? say('device.line', { adapter: device.adapter, why: sayWhy(device) }) : '',
  );
  setText(
    find('speed'),
    rowsPerSecond > 0 ? say('speed.rows', { rows: formatSpeed(rowsPerSecond) }) : say('speed.none'),
  );
  const multiplyAdds = formatLarge(multiplyAddsPerSecond);
  const note = multiplyAddsPerSecond > 0 ? say('speed.note', { multiplyAdds }) : '';
  setText(find('speed-note'), note);
  setText(find('done'), count('count.units', units));
  const unsent =
    outbox > 0 ? ` ${say('done.unsent', { results: count('count.results', outbox) })}` : '';
  setText(find('done-note'), `${count('count.rows', rows)}.${unsent}`);
  setText(find('account'), account ? shorten(account.address) : say('account.none'));
  find('account').dir = account ? 'ltr' : '';
  find('account').title = account?.address ?? '';
  setText(find('account-note'), account ? say(`account.${account.kind}`) : '');
}

const whys = {
  chosen: 'device.chosen',
  'auto-hardware': 'device.hardware',
  'auto-software': 'device.software',
  'auto-none': 'device.absent',
  'fell-back': 'device.fell-back',
} as const;

function sayWhy({ whyCode, why }: NonNullable<ContributorStatus['device']>): string {
  return whyCode in whys ? say(whys[whyCode]) : why;
}

function showProgress({ phase, download, batch, project }: ContributorStatus): void {
  // An estimate is true only while it is being made.
  const moves = ['loading', 'working', 'waiting'].includes(phase);
  const left = (ms: number | null) => (moves && ms !== null && ms > 0 ? formatDuration(ms) : null);
  find('download').hidden = download === null;
  if (download) {
    setBar('download-bar', download.done, download.total);
    const [done, total] = [formatBytes(download.done), formatBytes(download.total)];
    const duration = left(download.remainingMs);
    const words =
      duration === null
        ? say('download.words', { done, total })
        : say('download.left', { done, total, duration });
    setText(find('download-words'), words);
  }
  find('batch').hidden = batch === null || startable.includes(phase);
  if (batch) {
    setBar('batch-bar', batch.unitsDone, batch.unitsTotal);
    setText(find('batch-name'), project ? say('batch.project', { project }) : say('batch.name'));
    const [done, units] = [formatCount(batch.unitsDone), count('count.units', batch.unitsTotal)];
    const duration = left(batch.remainingMs);
    const words =
      duration === null
        ? say('batch.words', { done, units })
        : say('batch.left', { done, units, duration });
    setText(find('batch-words'), words);
  }
}

function setBar(id: string, done: number, total: number): void {
  const bar = find<HTMLProgressElement>(id);
  bar.max = Math.max(1, total);
  bar.value = Math.min(done, bar.max);
}
