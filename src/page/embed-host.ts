// The frame's line to the page around it. The first greeting from the parent names the host's
// origin; where the project allows it, that origin alone is heard and told from then on, and what
// it is told names no account, no unit and no result.
import {
  type EventDetails,
  type FrameMessage,
  type HostMessage,
  readHostMessage,
  wrap,
} from '#widget/messages.ts';

interface HostParts {
  allows(origin: string): boolean;
  onMessage(message: HostMessage): void;
  /** A page greeted that this project does not allow. */
  onStranger(origin: string): void;
}

export interface Host {
  tell<Name extends keyof EventDetails>(name: Name, detail: EventDetails[Name]): void;
  askRoom(height: number): void;
}

export function listenToHost({ allows, onMessage, onStranger }: HostParts): Host {
  let origin: string | null = null;
  const isFramed = window.parent !== window;

  const post = (message: FrameMessage) => {
    if (origin !== null) window.parent.postMessage(wrap(message), origin);
  };
  addEventListener('message', (event) => {
    if (!isFramed || event.source !== window.parent) return;
    const message = readHostMessage(event.data);
    if (!message) return;
    if (origin === null) {
      if (message.type !== 'settings') return;
      if (!allows(event.origin)) {
        onStranger(event.origin);
        return;
      }
      origin = event.origin;
    }
    if (event.origin === origin) onMessage(message);
  });

  /** An event says what changed: the same again is not told. */
  const told = new Map<string, string>();
  return {
    tell(name, detail) {
      const text = JSON.stringify(detail);
      if (name !== 'error' && told.get(name) === text) return;
      if (origin !== null) told.set(name, text);
      post({ type: 'event', name, detail } as FrameMessage);
    },
    askRoom: (height) => post({ type: 'room', height }),
  };
}
