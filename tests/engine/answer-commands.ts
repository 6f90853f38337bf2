// The worker's side of command-page.ts: runs what is asked for by name, and hands back plain words.
import { toIdlewildError, type WireError } from '#protocol/errors.ts';

export type CommandTable = Record<string, (given: never) => unknown>;

export interface Answer {
  value?: unknown;
  error?: WireError;
}

interface WorkerScope {
  onmessage: (event: { data: { id: number; name: string; given: never } }) => void;
  postMessage(answer: Answer & { id: number }): void;
}

export function answerCommands(commands: CommandTable): void {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = async ({ data: { id, name, given } }) => {
    try {
      scope.postMessage({ id, value: await commands[name](given) });
    } catch (thrown) {
      scope.postMessage({ id, error: toIdlewildError(thrown).toWire() });
    }
  };
}
