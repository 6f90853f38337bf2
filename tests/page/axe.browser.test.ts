// axe finds nothing in any state of the page, in both themes and from right to left, with every
// panel open. It is the floor: what axe cannot see is in accessible.browser.test.ts.
import { expect, test } from 'vitest';
import { walletAddress } from './account-samples.ts';
import { addAxe, findingsOf } from './axe-findings.ts';
import { inEveryState } from './prepare-page.ts';
import { coordinatorBlock } from './serve-page.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();

const [library] = coordinatorBlock.projects;
const block = {
  ...coordinatorBlock,
  laboratory: true,
  projects: [
    library,
    { ...library, id: 'letters', name: 'Letters', contentClass: 'personal' },
    { ...library, id: 'hikma', name: 'مكتبة الحكمة', words: 'فهرسة كتب قديمة.' },
  ],
};

const icon = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>';
const wallets = `addEventListener('eip6963:requestProvider', () =>
  dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: {
    info: { uuid: 'a', rdns: 'one.example', name: 'First wallet', icon: '${icon}' },
    provider: { request: async () => ['${walletAddress}'] } } })));`;

test.each([
  ['light', 'en'],
  ['dark', 'en'],
  ['light', 'ar'],
  ['dark', 'ar'],
] as const)('axe finds nothing, %s, %s', async (colorScheme, language) => {
  const options = { block, colorScheme, before: wallets, bypassCSP: true };
  const { page } = await pages.visit({ ...options, search: `?lang=${language}` });
  await page.locator(`html[lang="${language}"]`).waitFor();
  await page.locator('#when > summary').click();
  await page.locator('#hours').check();
  await addAxe(page);
  await inEveryState(page, async (name) => {
    expect(await findingsOf(page), name).toEqual([]);
  });
});

test('axe would find a fault', async () => {
  const { page } = await pages.visit({ bypassCSP: true });
  await addAxe(page);
  await page.evaluate(`document.querySelector('main').insertAdjacentHTML('beforeend',
    '<img src="/favicon.svg"><p style="color: #ccc; background: #fff">Low contrast.</p>')`);
  const findings = await findingsOf(page);
  expect(findings.map((finding) => finding.split(':')[0]).sort()).toEqual([
    'color-contrast',
    'image-alt',
  ]);
  await page.context().close();
});
