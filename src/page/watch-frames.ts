// Watches the page's own frames while the worker computes and somebody sees them: a burst of
// frames about once a second, so that watching costs nothing that could be felt.
//
//   off → calibrating (connecting, testing: only the display's period) → reporting (working) → off
import { measureLateShare, measurePeriod } from './frame-times.ts';

export type FrameMode = 'off' | 'calibrating' | 'reporting';

const burstMs = 400;
const gapMs = 600;
/** A burst too short to have an interval says nothing. */
const framesMin = 2;

interface FrameWatch {
  set(mode: FrameMode): void;
}

interface FrameWatchOptions {
  /** Takes the period as known, for tests. */
  periodMs?: number;
}

/** @param tell hears the share of the time that passed in late frames; null once nobody sees them */
export function watchFrames(
  tell: (lateShare: number | null) => void,
  options: FrameWatchOptions = {},
): FrameWatch {
  let mode: FrameMode = 'off';
  let periodMs = options.periodMs ?? null;
  let times: number[] = [];
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const rest = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    times = [];
  };

  const finish = () => {
    const before = periodMs;
    if (options.periodMs === undefined) periodMs = measurePeriod(times, before);
    if (mode === 'reporting' && before !== null) tell(measureLateShare(times, before));
    rest();
    timer = setTimeout(begin, gapMs);
  };

  const count = (time: number) => {
    times.push(time);
    if (times.length >= framesMin && time - times[0] >= burstMs) finish();
    else frame = requestAnimationFrame(count);
  };

  const begin = () => {
    frame = requestAnimationFrame(count);
  };

  const restart = () => {
    rest();
    if (mode !== 'off' && !document.hidden) begin();
  };

  document.addEventListener('visibilitychange', () => {
    if (document.hidden && mode === 'reporting') tell(null);
    restart();
  });
  return {
    set(next) {
      if (next === mode) return;
      const isOn = mode !== 'off' && next !== 'off';
      mode = next;
      if (!isOn) restart();
    },
  };
}
