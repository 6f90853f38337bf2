// The widget's frame: the coordinator's own page for other sites, each project's for the origins that
// its operator named. The widget's module, which such a site loads itself, is anyone's to load.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './context.ts';
import { describeCoordinator, putInPage } from './describe-coordinator.ts';
import { pageHeaders } from './page-headers.ts';
import type { SendHtml } from './send-html.ts';

type WithProject = { Querystring: { project?: unknown } };

/** The widget's folder in the built page's. */
const moduleFolder = `widget${path.sep}`;

/** A host page under COEP frames only what allows it. */
const framed = { 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'no-cache' };

const nothing = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Idlewild</title></head>
<body><p>There is no such project here.</p></body></html>
`;

/** @param folder the built page's: without an embed-frame.html in it there is nothing to embed */
export async function addEmbedRoutes(
  server: FastifyInstance,
  context: Context,
  { folder, sendHtml }: { folder: string; sendHtml: SendHtml },
): Promise<void> {
  const html = await readFile(path.join(folder, 'embed-frame.html'), 'utf8').catch(() => null);
  const findProject = async (asked: unknown) => {
    if (asked === undefined) return context.projects.main();
    return typeof asked === 'string' ? context.projects.find(asked) : undefined;
  };
  const answer = async (request: FastifyRequest<WithProject>, reply: FastifyReply) => {
    const project = html === null ? undefined : await findProject(request.query.project);
    reply.headers(framed);
    if (html === null || !project) {
      reply.code(404).headers(pageHeaders({ ancestors: ["'none'"] }));
      return sendHtml(request, reply, nothing);
    }
    reply.headers(pageHeaders({ ancestors: ["'self'", ...project.origins] }));
    // The frame knows whom it may answer, where a browser does not heed the policy.
    const embed = { origins: project.origins };
    const description = { ...(await describeCoordinator(context, project)), embed };
    return sendHtml(request, reply, putInPage(html, description));
  };
  for (const url of ['/embed', '/embed-frame.html']) {
    server.get<WithProject>(url, answer);
  }
}

/** Pages of the coordinator's own that show the frame: an example, and the snippet's writer. */
const showing = ['embed.html', 'widget.html'];

/** Of a file of the built page: its headers, and for the widget's module what other origins need. */
export function fileHeaders(folder: string, file: string): Record<string, string> {
  const name = path.relative(folder, file);
  if (!name.startsWith(moduleFolder)) return pageHeaders({ frames: showing.includes(name) });
  return {
    ...pageHeaders(),
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  };
}
