// What the host page's element and the coordinator's frame say to each other by postMessage, and
// what each side checks of it. Who speaks is checked by each side where it listens: the host by the
// frame's window and the coordinator's origin, the frame by its parent and the project's origins.
//
//   host: settings (its first is the greeting; the frame answers with the event `ready`),
//         start, pause, finish
//   frame: event (what the element dispatches), room (it asks for height, for its consent text)
import type { WidgetEventMap } from './idlewild-types.ts';

/** Under this name each message carries the version of these messages. */
const mark = 'idlewild';
const TALK_VERSION = 1;

const textLengthMax = 1_000;
const listLengthMax = 16;

/** As the attributes stand; what they mean is the frame's to decide. */
interface HostSettings {
  intensity: string;
  theme: string;
  lang: string;
}

const commands = ['start', 'pause', 'finish'] as const;

export type HostCommand = (typeof commands)[number];

export type HostMessage = ({ type: 'settings' } & HostSettings) | { type: HostCommand };

export type EventDetails = {
  [Name in keyof WidgetEventMap]: WidgetEventMap[Name]['detail'];
};

export type FrameMessage =
  | {
      [Name in keyof EventDetails]: { type: 'event'; name: Name; detail: EventDetails[Name] };
    }[keyof EventDetails]
  | { type: 'room'; height: number };

/** How a field may look: a text, a finite number, true or false, a short list of texts. */
type Kind<T> = T extends string ? 't' : T extends number ? 'n' : T extends boolean ? 'b' : 'l';

const details: {
  [Name in keyof EventDetails]: {
    [Field in keyof EventDetails[Name]]: Kind<EventDetails[Name][Field]>;
  };
} = {
  ready: { project: 't', name: 't', words: 't', consent: 'b' },
  consentchange: { given: 'b', version: 'n', why: 't' },
  statuschange: { phase: 't', running: 'b', message: 't', pauses: 'l' },
  progress: {
    units: 'n',
    rows: 'n',
    rowsPerSecond: 'n',
    accepted: 'n',
    pending: 'n',
    rejected: 'n',
  },
  credit: { credit: 'n', held: 'n' },
  error: { code: 't', message: 't', retryable: 'b' },
};

/** In the order of the manifest. */
export const eventNames = Object.keys(details) as (keyof EventDetails)[];

type Fields = Record<string, unknown>;

function fits(value: unknown, kind: string): boolean {
  if (kind === 't') return typeof value === 'string' && value.length <= textLengthMax;
  if (kind === 'n') return Number.isFinite(value);
  if (kind === 'b') return typeof value === 'boolean';
  return Array.isArray(value) && value.length <= listLengthMax && value.every((v) => fits(v, 't'));
}

/** The named fields alone, or null where one is missing or of another kind. */
function pick(value: unknown, kinds: Record<string, string>): Fields | null {
  if (typeof value !== 'object' || !value) return null;
  const picked: Fields = {};
  for (const [field, kind] of Object.entries(kinds)) {
    if (!fits((value as Fields)[field], kind)) return null;
    picked[field] = (value as Fields)[field];
  }
  return picked;
}

function isMarked(data: unknown): data is Fields {
  return typeof data === 'object' && !!data && (data as Fields)[mark] === TALK_VERSION;
}

/** What goes through postMessage. */
export function wrap(message: HostMessage | FrameMessage): object {
  return { [mark]: TALK_VERSION, ...message };
}

/** In the frame: null for anything that no element of this version sends. */
export function readHostMessage(data: unknown): HostMessage | null {
  if (!isMarked(data)) return null;
  const command = commands.find((name) => name === data.type);
  if (command) return { type: command };
  if (data.type !== 'settings') return null;
  const settings = pick(data, { intensity: 't', theme: 't', lang: 't' });
  return settings && ({ type: 'settings', ...settings } as HostMessage);
}

/** In the host page: null for anything that no frame of this version sends. */
export function readFrameMessage(data: unknown): FrameMessage | null {
  if (!isMarked(data)) return null;
  if (data.type === 'room' && fits(data.height, 'n')) return data as unknown as FrameMessage;
  const name = eventNames.find((known) => known === data.name);
  if (data.type !== 'event' || !name) return null;
  const detail = pick(data.detail, details[name]);
  return detail && ({ type: 'event', name, detail } as unknown as FrameMessage);
}
