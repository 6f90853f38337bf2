// The second band: the state in words, what the buttons allow, the figures and the progress.
import type { ContributorStatus, Phase } from '#worker/status.ts';
import { describe, describeReturn } from './describe.ts';
import { find, setLine, setText } from './elements.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatLarge,
  formatNoun,
  shorten,
} from './format.ts';

const startable: Phase[] = ['idle', 'stopped', 'failed'];
const pausable: Phase[] = ['loading', 'working', 'waiting', 'paused'];
const countdownMs = 1000;

export interface MachineView {
  show(status: ContributorStatus): void;
}

/** @param canStart false where the page itself is in the way, such as an insecure context */
export function mountMachine(canStart: boolean): MachineView {
  const buttons = {
    start: find<HTMLButtonElement>('start'),
    pause: find<HTMLButtonElement>('pause'),
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
    setLine(find('code'), code && `Code: ${code}`);
    document.title = last.phase === 'idle' ? 'Idlewild' : `${title} · Idlewild`;
  };

  const countDown = (status: ContributorStatus) => {
    const waits = status.phase === 'waiting' && status.retryAfterMs > 0;
    const fresh = last?.phase !== 'waiting' || last.retryAfterMs !== status.retryAfterMs;
    if (waits && fresh) askAt = performance.now() + status.retryAfterMs;
    if (!waits) askAt = 0;
    clearInterval(timer);
    if (waits) timer = setInterval(showWords, countdownMs);
  };

  const showButtons = (phase: Phase) => {
    const { start, pause, stop } = buttons;
    const focused = document.activeElement;
    start.disabled = !canStart || !startable.includes(phase);
    pause.disabled = !pausable.includes(phase);
    stop.disabled = startable.includes(phase) || phase === 'stopping';
    setText(pause, phase === 'paused' ? 'Resume' : 'Pause');
    // A disabled button loses the keyboard's place; the state's name keeps it, and is read out.
    if (focused instanceof HTMLButtonElement && focused.disabled) find('phase').focus();
  };

  return {
    show(status) {
      countDown(status);
      last = status;
      showWords();
      showButtons(status.phase);
      find('signers').hidden =
        !startable.includes(status.phase) || find('signers').children.length < 2;
      find('consent-box').hidden = !startable.includes(status.phase);
      find('running').hidden = status.phase === 'idle' || (!status.device && !status.account);
      showGauges(status);
      showProgress(status);
    },
  };
}

function showGauges(status: ContributorStatus): void {
  const { device, account, rowsPerSecond, multiplyAddsPerSecond, units, rows, outbox } = status;
  const names = { webgpu: 'WebGPU', wasm: 'WebAssembly', typescript: 'TypeScript' };
  setText(find('device'), device ? names[device.backend] : 'Not chosen yet');
  setText(find('device-why'), device ? `${device.adapter}. ${withoutName(device.why)}` : '');
  const speed = rowsPerSecond < 10 ? rowsPerSecond.toFixed(1) : formatCount(rowsPerSecond);
  setText(find('speed'), rowsPerSecond > 0 ? `${speed} rows/s` : 'Not measured yet');
  const multiplyAdds = `About ${formatLarge(multiplyAddsPerSecond)} multiply-adds a second`;
  setText(
    find('speed-note'),
    multiplyAddsPerSecond > 0 ? `${multiplyAdds}, over the last minute of work.` : '',
  );
  setText(find('done'), formatNoun(units, 'unit'));
  const unsent = outbox > 0 ? ` ${formatNoun(outbox, 'result')} not sent yet.` : '';
  setText(find('done-note'), `${formatNoun(rows, 'row')}.${unsent}`);
  setText(find('account'), account ? shorten(account.address) : 'None yet');
  find('account').title = account?.address ?? '';
  const kinds = {
    wallet: 'Your wallet’s, public by this pseudonym.',
    device: 'A key of this browser, public by this pseudonym.',
  };
  setText(find('account-note'), account ? kinds[account.kind] : '');
}

/** "WASM: this browser offers no WebGPU adapter." stands under the name already. */
function withoutName(why: string): string {
  const reason = why.replace(/^(WebGPU|WASM): /, '');
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

function showProgress({ phase, download, batch, project }: ContributorStatus): void {
  // An estimate is true only while it is being made.
  const moves = ['loading', 'working', 'waiting'].includes(phase);
  const left = (ms: number | null) =>
    moves && ms !== null && ms > 0 ? `, about ${formatDuration(ms)} left` : '';
  find('download').hidden = download === null;
  if (download) {
    const { done, total, remainingMs } = download;
    setBar('download-bar', done, total);
    const words = `${formatBytes(done)} of ${formatBytes(total)}${left(remainingMs)}`;
    setText(find('download-words'), words);
  }
  find('batch').hidden = batch === null || startable.includes(phase);
  if (batch) {
    const { unitsDone, unitsTotal, remainingMs } = batch;
    setBar('batch-bar', unitsDone, unitsTotal);
    setText(find('batch-name'), project ? `Batch for ${project}` : 'The batch');
    const words = `${formatCount(unitsDone)} of ${formatNoun(unitsTotal, 'unit')}`;
    setText(find('batch-words'), words + left(remainingMs));
  }
}

function setBar(id: string, done: number, total: number): void {
  const bar = find<HTMLProgressElement>(id);
  bar.max = Math.max(1, total);
  bar.value = Math.min(done, bar.max);
}
