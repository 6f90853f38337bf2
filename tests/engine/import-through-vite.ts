// A module and all that it comes to import, through Vite: the engine imports shader texts, some of
// them only once it knows its device. Vite's own runnerImport is closed by then.
import path from 'node:path';
import { createServer } from 'vite';

const root = path.resolve(import.meta.dirname, '../..');

/** @param file from the repository's root @param run may import more until it resolves */
export async function importThroughVite<Module, Value>(
  file: string,
  run: (module: Module) => Promise<Value>,
): Promise<Value> {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    return await run((await server.ssrLoadModule(`/${file}`)) as Module);
  } finally {
    await server.close();
  }
}
