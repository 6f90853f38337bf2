// The ways out of the frame: Stop, which withdraws the consent, and the deletion of what it keeps; and
// what it says where the coordinator does not answer.
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statuses } from '../page/statuses.ts';
import { agree, button, judged } from './frame-hands.ts';
import { heard, openProfile, type Profile, visitHost } from './host-site.ts';
import { asked, called, type FrameSite, say, serveFrame } from './serve-frame.ts';

let site: FrameSite;
let profile: Profile;

beforeAll(async () => {
  site = await serveFrame();
  profile = await openProfile();
});

afterAll(async () => {
  await profile?.close();
  await site?.close();
});

async function work() {
  const visited = await visitHost(profile.context, site);
  await heard(visited.page, 'ready');
  await agree(visited.frame);
  await called(visited.page, 'start', 1);
  await say(visited.frame, statuses.working);
  await heard(visited.page, 'statuschange', { phase: 'working' });
  return visited;
}

/** From now on the worker's call of this name fails. */
const fail = (frame: FrameLocator, name: string) =>
  frame.locator('body').evaluate((_, failing) => {
    const { idlewildFake } = globalThis as unknown as { idlewildFake: object };
    const failure = { code: 'network/unreachable', message: 'No answer came.' };
    Object.assign(idlewildFake, { failing: { [failing]: failure } });
  }, name);

/** As the real one: that it has stopped is said before the call is answered. */
const stopFirst = (frame: FrameLocator) =>
  frame.locator('body').evaluate((_, stopped) => {
    const { idlewildFake: fake } = globalThis as unknown as {
      idlewildFake: { calls: unknown[][]; say(status: object): void };
    };
    fake.calls.push = (...made) => {
      if (made[0][0] === 'stop') fake.say(stopped);
      return Array.prototype.push.apply(fake.calls, made);
    };
  }, statuses.stopped);

const names = async (frame: FrameLocator) => (await asked(frame)).map(([name]) => name);

test('Stop withdraws the consent, here and at the coordinator', async () => {
  const { page, frame, close } = await work();
  await stopFirst(frame);
  await button(frame, 'Stop').click();
  await frame.locator('#line').getByText('here and at the coordinator').waitFor();
  expect(await names(frame)).toEqual(['start', 'stop', 'withdraw']);
  expect(await heard(page, 'consentchange')).toMatchObject({ given: false, why: 'stopped' });
  await button(frame, 'Start').click();
  await button(frame, 'Agree and start').waitFor();
  await close();
});

test('where the coordinator could not be told of it, it stops and says so', async () => {
  const { page, frame, close } = await work();
  await fail(frame, 'withdraw');
  await stopFirst(frame);
  await button(frame, 'Stop').click();
  await frame.locator('#line').getByText('could not be told').waitFor();
  await heard(page, 'statuschange', { phase: 'stopped', running: false });
  expect(await frame.locator('body').evaluate(() => Object.keys(localStorage))).toEqual([]);
  await close();
});

test('deletion warns before, and where nobody answers deletes nothing but what is asked', async () => {
  const { page, frame, close } = await work();
  await fail(frame, 'deleteData');
  await button(frame, 'About').click();
  await frame.getByText('no wallet can be bound to in a frame').waitFor();
  await judged(frame, '');
  await button(frame, 'Delete what is kept').click();
  await frame.getByText('Without the key nobody can claim its credit.').waitFor();
  expect(await names(frame)).toEqual(['start']);
  // Asked again, it begins again.
  await button(frame, 'Close').click();
  await button(frame, 'About').click();
  await judged(frame, '');
  await button(frame, 'Delete what is kept').click();
  await button(frame, 'Delete for good').click();
  await say(frame, statuses.stopped);
  await frame.getByText('Nothing is deleted yet').waitFor();
  expect(await frame.locator('body').evaluate(() => localStorage.length)).toBe(1);
  await fail(frame, 'nothing');
  await button(frame, 'Delete here only').click();
  await frame.getByText('Deleted in this browser.').waitFor();
  const deletions = (await asked(frame)).filter(([name]) => name === 'deleteData');
  expect(deletions.map(([, scope]) => scope)).toEqual(['everywhere', 'here']);
  expect(await heard(page, 'consentchange')).toMatchObject({ given: false });
  await close();
});
