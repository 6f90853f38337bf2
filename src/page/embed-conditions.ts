// What the frame tells the worker of its surroundings: as the page does, and a frame that nobody
// could have seen for a while counts as hidden. That it is scrolled away and that its host took it
// from the page look the same from inside, so that one is given the time to read an article.
import type { Conditions } from '#worker/status.ts';
import { type ConditionWatch, watchConditions } from './conditions.ts';
import {
  awayMsMax,
  coveredMsMax,
  isLargeEnough,
  type Unseen,
  type VisibilityWatch,
} from './embed-visibility.ts';
import type { Session } from './session.ts';

const unseenMsMax: Partial<Record<Unseen, number>> = { covered: coveredMsMax, away: awayMsMax };

export function watchSurroundings(session: Session, visibility: VisibilityWatch): ConditionWatch {
  let seen: Conditions = { visible: !document.hidden, onMains: null, userActive: null };
  let isUnseen = false;
  let reason: Unseen | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let told = '';

  const tell = () => {
    const visible = seen.visible && isLargeEnough() && !isUnseen;
    const conditions = { ...seen, visible };
    const text = JSON.stringify(conditions);
    if (text === told) return;
    told = text;
    void session.tellConditions(conditions);
  };
  visibility.onLook((unseen) => {
    if (unseen === reason) return;
    reason = unseen;
    clearTimeout(timer);
    const ms = unseen && unseenMsMax[unseen];
    if (!ms) {
      isUnseen = false;
      tell();
    } else if (!isUnseen) {
      timer = setTimeout(() => {
        isUnseen = true;
        tell();
      }, ms);
    }
  });
  addEventListener('resize', tell);
  return watchConditions({
    tell(conditions) {
      seen = conditions;
      tell();
    },
    leave: () => void session.leave(),
    comeBack: () => void session.comeBack(),
  });
}
