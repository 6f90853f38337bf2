// What axe finds in a page that was visited with `bypassCSP`.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

export async function addAxe(page: Page): Promise<void> {
  await page.addScriptTag({ content: axe.source });
}

interface Finding {
  id: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Every rule of WCAG 2.2 A and AA that axe has, and its own good practice. */
export async function findingsOf(page: Page): Promise<string[]> {
  const found = (await page.evaluate(`axe.run(document, { resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`)) as {
    violations: Finding[];
  };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
  );
}
