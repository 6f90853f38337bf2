// Tells the worker how smoothly the frame is drawn while it is in view, as the page does of itself:
// late frames here mean that the host page suffers too, and the worker yields.
import type { ContributorStatus, Phase } from '#worker/status.ts';
import type { VisibilityWatch } from './embed-visibility.ts';
import type { Session } from './session.ts';
import { type FrameMode, watchFrames } from './watch-frames.ts';

const modes: Partial<Record<Phase, FrameMode>> = {
  connecting: 'calibrating',
  testing: 'calibrating',
  working: 'reporting',
};

/** @returns what hears each status */
export function watchSmoothness(
  session: Session,
  visibility: VisibilityWatch,
): (status: ContributorStatus) => void {
  const frames = watchFrames((lateShare) => void session.tellFrames(lateShare));
  let isInView = true;
  const set = () => frames.set(isInView ? (modes[session.status.phase] ?? 'off') : 'off');
  visibility.onLook((unseen) => {
    const wasInView = isInView;
    // Out of view a browser draws no frames, which says nothing of the machine.
    isInView = unseen !== 'away';
    set();
    if (wasInView && !isInView && session.running) void session.tellFrames(null);
  });
  return set;
}
