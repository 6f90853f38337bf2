// A contributor in Node against the real coordinator of a test site, in-process.
import { createContributor } from '#worker/contributor.ts';
import type { ContributorStatus, Signer } from '#worker/status.ts';
import { embedLine, makeTexts, type TestSite } from '../coordinator/test-site.ts';
import { startOptions } from './begin-contributor.ts';
import { type NodeParts, nodeEnvironment } from './node-environment.ts';

/** Well below limits.callsPerMinuteMax. */
const callMs = 100;

const siteOrigin = 'http://localhost';

/** @param isUp false while the network between the two is lost */
function siteFetch(site: TestSite, isUp: () => boolean): typeof fetch {
  return async (input, init = {}) => {
    if (!isUp()) throw new TypeError('fetch failed');
    init.signal?.throwIfAborted();
    // Sleeps pass at once here: without this the calls of an hour would be those of one moment.
    site.clock.now += callMs;
    const { pathname, search } = new URL(String(input));
    const { body } = init;
    const answer = await site.coordinator.inject({
      method: body ? 'POST' : 'GET',
      url: pathname + search,
      remoteAddress: '10.9.9.9',
      headers: { ...(init.headers as Record<string, string>) },
      ...(body ? { payload: Buffer.from(body as Uint8Array) } : {}),
    });
    const headers = { 'content-type': String(answer.headers['content-type']) };
    return new Response(new Uint8Array(answer.rawPayload), { status: answer.statusCode, headers });
  };
}

export function beginAt(site: TestSite, parts: Partial<NodeParts> = {}) {
  const link = { isUp: true };
  const send = siteFetch(site, () => link.isUp);
  const environment = nodeEnvironment({ origin: siteOrigin, fetch: send, ...parts });
  const contributor = createContributor(environment);
  let last: ContributorStatus | null = null;
  void contributor.subscribe((status) => {
    last = status;
  });
  const until = async (isIt: (status: ContributorStatus) => boolean) => {
    while (!last || !isIt(last)) {
      if (last?.phase === 'failed') throw new Error(`${last.error?.code}: ${last.message}`);
      await environment.clock.breathe();
    }
    return last;
  };
  const start = async (signer: Signer | null = null) => {
    // What the run before it ended with says nothing of this one.
    last = null;
    await contributor.start(startOptions, signer);
  };
  return { contributor, environment, until, start, link };
}

export const submitTexts = (site: TestSite, count: number, change = {}) =>
  site.submit(
    makeTexts(count).map((text, i) => embedLine(`line-${i}`, text)),
    site.apiKey,
    change,
  );
