// The worker of bounded inference in a Chromium, for tests that call its commands by name.
import { type CommandPage, openCommandPage } from '../engine/command-page.ts';
import type { Commands } from './onnx-worker.ts';

export type OnnxBrowser = CommandPage<Commands>;

export const openOnnxBrowser = (): Promise<OnnxBrowser> =>
  openCommandPage('tests/onnx/onnx-worker.ts');
