// The visitor's hand: Start, Pause, Stop, the level, the choice of account and the cache.
import { toIdlewildError } from '#protocol/errors.ts';
import type { StartOptions } from '#worker/status.ts';
import { find, setLine, setText } from './elements.ts';
import { formatNoun } from './format.ts';
import type { Session } from './session.ts';
import { mountSignerChoice } from './signer-choice.ts';

export function mountControls(session: Session, options: StartOptions): void {
  const signerChoice = mountSignerChoice();
  const chosen = { ...options };
  const start = () => {
    void session.start({ ...chosen }, async () => (await signerChoice)());
  };
  find('start').addEventListener('click', start);
  find('pause').addEventListener('click', () => {
    void (session.status.phase === 'paused' ? session.resume() : session.pause());
  });
  find('stop').addEventListener('click', () => void session.stop());

  const duty = find<HTMLInputElement>('duty');
  const showDuty = () => {
    const words = `computes ${duty.value} % of the time`;
    setText(find('duty-words'), words);
    duty.setAttribute('aria-valuetext', words);
  };
  duty.value = String(options.dutyPercent);
  showDuty();
  duty.addEventListener('input', showDuty);
  duty.addEventListener('change', () => {
    chosen.dutyPercent = duty.valueAsNumber;
    if (session.running) void session.setDutyPercent(chosen.dutyPercent);
  });

  const stopsBy = `It stops by itself after ${formatNoun(options.unitsMax, 'unit')}.`;
  setLine(find('units-note'), options.unitsMax > 0 ? stopsBy : '');
  find('clear').addEventListener('click', () => void clear(session));
}

async function clear(session: Session): Promise<void> {
  const note = find('clear-note');
  setText(note, '');
  try {
    await session.clearCache();
    setText(note, 'Cleared. They are fetched again when they are needed.');
  } catch (thrown) {
    setText(note, `Not cleared: ${toIdlewildError(thrown).shortMessage}`);
  }
}
