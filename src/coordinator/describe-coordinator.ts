// What the coordinator says of itself to anyone: its description, and the same as data in its pages.
import { toHex } from '#protocol/bytes.ts';
import { ARITHMETIC, WIRE_VERSION } from '#protocol/wire.ts';
import type { Project } from '#store/project-operations.ts';
import type { Context } from './context.ts';
import { describeForPage } from './projects.ts';

/** @param project whose words are told, be it open or closed; open ones alone are listed */
export async function describeCoordinator(context: Context, project: Project) {
  const { models, chainId, laboratory, receiptKey, waits } = context;
  const open = (await context.projects.all()).filter((one) => one.open);
  return {
    name: 'Idlewild',
    project: project.name,
    projectId: project.id,
    words: project.words,
    contentClass: project.content_class,
    projects: open.map(describeForPage),
    models: models.list().map(({ id, name, manifest }) => ({
      id,
      name,
      licence: manifest.licence,
      bytes: manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0),
    })),
    wire: WIRE_VERSION,
    arithmetic: ARITHMETIC,
    receiptKey: toHex(receiptKey),
    log: context.receiptLog.origin,
    origin: context.origin(),
    chainId,
    laboratory,
    consentMs: waits.consentMs,
  };
}

const marker = '<!--idlewild:coordinator-->';

/** Data, not a script: the page's policy lets no inline script run. */
export function putInPage(html: string, description: object): string {
  const json = JSON.stringify(description).replaceAll('<', '\\u003c');
  const block = `<script type="application/json" id="idlewild-coordinator">${json}</script>`;
  return html.replace(marker, () => block);
}
