// Commands and events of WebDriver BiDi (w3.org/TR/webdriver-bidi) with a Firefox that was started
// for it: no driver stands between.
import { createInterface } from 'node:readline';
import { launchFirefox } from '../prove/firefox.ts';
import { openTextSocket } from './text-socket.ts';

// biome-ignore lint/suspicious/noExplicitAny: what comes is as various as the commands
type Answer = any;

type Listener = (params: Answer) => void;

export interface Bidi {
  /** Throws what the browser says of a command that failed. */
  command(method: string, params?: object): Promise<Answer>;
  /** @returns takes the listener away */
  on(event: string, listener: Listener): () => void;
  close(): Promise<void>;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export async function openBidi(executable: string): Promise<Bidi> {
  const firefox = await launchFirefox(executable, ['--remote-debugging-port=0', 'about:blank']);
  try {
    const address = await Promise.race([findAddress(firefox.child.stderr), firefox.closed]);
    if (typeof address !== 'string') throw new Error('Firefox ended before it could be driven.');
    return await connect(`${address}/session`, firefox.close);
  } catch (thrown) {
    await firefox.close();
    throw thrown;
  }
}

/** Firefox chooses the port, and says it on a line of its own. */
async function findAddress(stderr: NodeJS.ReadableStream | null): Promise<string> {
  if (!stderr) throw new Error('Firefox was started without its stderr.');
  const lines = createInterface({ input: stderr });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const address = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
      if (address) resolve(address);
    });
  });
}

async function connect(url: string, closeBrowser: () => Promise<void>): Promise<Bidi> {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<string, Set<Listener>>();
  let ids = 0;
  const hear = (text: string) => {
    const message = JSON.parse(text);
    if (message.type === 'event') {
      for (const listener of listeners.get(message.method) ?? []) listener(message.params);
      return;
    }
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.type === 'success') asked?.resolve(message.result);
    else asked?.reject(new Error(`${message.error}: ${message.message}`));
  };
  const closed = () => {
    for (const { reject } of waiting.values()) reject(new Error('Firefox ended.'));
    waiting.clear();
  };
  const socket = await openTextSocket(url, { hear, closed });
  const bidi: Bidi = {
    command: (method, params = {}) =>
      new Promise((resolve, reject) => {
        const id = ++ids;
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params }));
      }),
    on(event, listener) {
      const heard = listeners.get(event) ?? new Set();
      listeners.set(event, heard.add(listener));
      return () => void heard.delete(listener);
    },
    async close() {
      socket.close();
      await closeBrowser();
    },
  };
  await bidi.command('session.new', { capabilities: {} });
  const events = ['network.beforeRequestSent', 'log.entryAdded'];
  await bidi.command('session.subscribe', { events });
  return bidi;
}
