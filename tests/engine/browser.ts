// The engine's worker in a Chromium, for tests that call its commands by name.
import { type CommandPage, openCommandPage } from './command-page.ts';
import type { Commands } from './engine-worker.ts';

export type EngineBrowser = CommandPage<Commands>;

/** @param args further flags for Chromium */
export const openEngineBrowser = (args?: string[]): Promise<EngineBrowser> =>
  openCommandPage('tests/engine/engine-worker.ts', args);
