// A stranger to the log, over HTTP alone: what it serves, read and checked as anyone would.
import { verifyByNode } from '#ledger/log-signer.ts';
import { type LogTrust, openCheckpoint } from '#protocol/checkpoint.ts';
import { keysAt, openKeyChain } from '#protocol/log-rotation.ts';
import { fromBase64 } from '#protocol/signed-note-base64.ts';
import { parseVerifierKey } from '#protocol/signed-note-key.ts';
import { openTileTree, type TileReader } from '#protocol/tile-reader.ts';
import type { TestSite } from './test-site.ts';

const noKey = { authorization: '' };

export function createVisitor(site: TestSite) {
  const fetchPath = async (url: string, headers: Record<string, string> = noKey) =>
    site.coordinator.inject({ method: 'GET', url, headers });
  const reader: TileReader = {
    async read(path) {
      const answer = await fetchPath(`/v1/log/${path}`);
      return answer.statusCode === 200 ? new Uint8Array(answer.rawPayload) : null;
    },
  };

  async function trust(): Promise<LogTrust> {
    const { origin, first, rotations } = (await fetchPath('/v1/log/keys')).json();
    const opened = await openKeyChain(
      { origin, key: parseVerifierKey(first) },
      rotations.map((note: string) => fromBase64(note)),
      verifyByNode,
    );
    if (opened.state === 'refused') throw new Error(opened.message);
    return { origin, keysAt: (size) => keysAt(opened.chain, size) };
  }

  async function checkpointNote(): Promise<Uint8Array> {
    return new Uint8Array((await fetchPath('/v1/log/checkpoint')).rawPayload);
  }

  async function openLog() {
    const opened = await openCheckpoint(await checkpointNote(), await trust(), verifyByNode);
    if (opened.state === 'refused') throw new Error(opened.message);
    return { ...opened, tree: await openTileTree(reader, opened.checkpoint) };
  }

  return { fetchPath, reader, trust, checkpointNote, openLog };
}
