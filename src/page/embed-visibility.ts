// Whether a click in the frame was made by somebody who saw it: the whole frame in view, large
// enough, uncovered and opaque, and all that for a moment before. A browser with the second version
// of IntersectionObserver (Chromium) sees what the host page lays over the frame or does to its
// opacity; another sees how much of it is in view, and its own document, and no more than that.

/** Why a click does not count; `untrusted`: a script made it, `away`: wholly out of view. */
export type Unseen = 'untrusted' | 'hidden' | 'small' | 'away' | 'partly' | 'covered' | 'moment';

/** How long the frame must have been seen before a click in it counts. */
const seenMsMin = 500;
/** A menu or a banner of the host page may lie over a frame that works for so long. */
export const coveredMsMax = 10_000;
/** And so long may it be out of view: the time to read an article. */
export const awayMsMax = 10 * 60_000;
/** Of the frame's area; a host's rounded corners or a sliver under the fold are no trick. */
const ratioMin = 0.85;
/** CSS pixels; the compact frame has 320 by 72. */
const widthMin = 200;
const heightMin = 56;
/** The least that the specification allows: how stale a browser's answer may be. */
const delayMs = 100;
const thresholds = [0, 0.25, 0.5, 0.75, ratioMin, 0.95, 1];

/** What the second version adds; TypeScript's library has the first. */
interface VisibilityEntry extends IntersectionObserverEntry {
  isVisible?: boolean;
}

export interface VisibilityWatch {
  /** Null for a click that counts. */
  judge(event: Pick<Event, 'isTrusted'>): Unseen | null;
  /** The same for a start that needs no click. */
  look(): Unseen | null;
  /** The picture changed under the visitor's hand: the moment begins again. */
  restart(): void;
  /** @param listener hears what stands in the way of a click, or null, when that may have changed */
  onLook(listener: (unseen: Unseen | null) => void): void;
}

/** Whether the host gives the frame enough room to be read. */
export function isLargeEnough(): boolean {
  return innerWidth >= widthMin && innerHeight >= heightMin;
}

/** @param target covers the whole viewport of the frame, and contains all that it shows */
export function watchVisibility(target: HTMLElement): VisibilityWatch {
  let entry: VisibilityEntry | undefined;
  let since = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners: ((unseen: Unseen | null) => void)[] = [];

  const hear = (entries: VisibilityEntry[]) => {
    const before = seen(target, entry);
    entry = entries.at(-1) ?? entry;
    if (before !== null || seen(target, entry) !== null) since = performance.now();
    tell();
  };
  const observer = new IntersectionObserver(hear, {
    threshold: thresholds,
    ...{ trackVisibility: true, delay: delayMs },
  });
  const look = () => {
    const records = observer.takeRecords();
    if (records.length > 0) hear(records);
    const unseen = seen(target, entry);
    return unseen ?? (performance.now() - since < seenMsMin ? 'moment' : null);
  };
  const tell = () => {
    clearTimeout(timer);
    const unseen = look();
    if (unseen === 'moment') timer = setTimeout(tell, seenMsMin);
    for (const listener of listeners) listener(unseen);
  };
  const restart = () => {
    since = performance.now();
    tell();
  };
  observer.observe(target);
  document.addEventListener('visibilitychange', restart);
  addEventListener('resize', restart);
  return {
    judge: ({ isTrusted }) => (isTrusted ? look() : 'untrusted'),
    look,
    restart,
    onLook: (listener) => listeners.push(listener),
  };
}

function seen(target: HTMLElement, entry: VisibilityEntry | undefined): Unseen | null {
  if (document.visibilityState !== 'visible') return 'hidden';
  if (!isLargeEnough()) return 'small';
  if (!entry) return 'moment';
  if (entry.intersectionRatio === 0) return 'away';
  if (entry.intersectionRatio < ratioMin) return 'partly';
  const { width, height } = entry.intersectionRect;
  if (width < widthMin || height < heightMin * ratioMin) return 'small';
  // Without the second version the field is missing, and the document's own styles must do.
  if (entry.isVisible === false || !isOpaque(target)) return 'covered';
  return null;
}

/** Of this document and, where the host is of our own origin, of the host's frame element. */
function isOpaque(target: HTMLElement): boolean {
  const options = { opacityProperty: true, visibilityProperty: true };
  let frame: Element | null = null;
  try {
    frame = window.frameElement;
  } catch {
    // The host is of another origin.
  }
  return [target, frame].every((element) => element?.checkVisibility?.(options) ?? true);
}
