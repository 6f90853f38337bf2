// Test pages as PNG and JPEG files, drawn by Chromium.
import path from 'node:path';
import { launchPatiently } from '../cli/patient-chromium.ts';
import type { TestPage } from './pages.ts';

/** @returns the files, in order */
export async function renderPages(pages: readonly TestPage[], folder: string): Promise<string[]> {
  const browser = await launchPatiently({ webgpu: false });
  try {
    const files: string[] = [];
    for (const { name, html, width, height, quality, density = 1 } of pages) {
      const viewport = { width, height };
      const page = await browser.newPage({ viewport, deviceScaleFactor: density });
      await page.setContent(`<!doctype html><body style="margin:0;background:#fff">${html}`);
      const file = path.join(folder, `${name}.${quality ? 'jpg' : 'png'}`);
      const kind = quality ? ({ type: 'jpeg', quality } as const) : ({ type: 'png' } as const);
      await page.screenshot({ path: file, ...kind });
      await page.close();
      files.push(file);
    }
    return files;
  } finally {
    await browser.close();
  }
}
