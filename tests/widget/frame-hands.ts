// A visitor's hands in the widget's frame, for its browser tests.
import type { FrameLocator, Page } from 'playwright-core';

export const button = (frame: FrameLocator, name: string) =>
  frame.getByRole('button', { name, exact: true });

/** Waits until the browser has told the frame what stands in the way of a click: '' for nothing. */
export async function judged(frame: FrameLocator, unseen: string): Promise<void> {
  await frame.locator(`body[data-unseen="${unseen}"]`).waitFor({ state: 'attached' });
}

/** Two real clicks: Start opens the consent text, and Agree is pressed once it is seen. */
export async function agree(frame: FrameLocator): Promise<void> {
  await button(frame, 'Start').click();
  await button(frame, 'Agree and start').click();
}

/** A click at the middle of an element, whatever lies over it. */
export async function clickAt(page: Page, frame: FrameLocator, selector: string): Promise<void> {
  const box = await frame.locator(selector).boundingBox();
  if (!box) throw new Error(`${selector} has no place.`);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}

/** As the host page's own script calls it. */
export async function method(page: Page, name: 'start' | 'pause' | 'finish'): Promise<void> {
  await page.evaluate(`document.querySelector('idlewild-contributor').${name}()`);
}
