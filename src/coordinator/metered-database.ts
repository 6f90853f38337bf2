// The database with a clock beside each of its operations.
import type { Database } from '#store/database.ts';
import type { Metrics } from './metrics.ts';

export function meterDatabase(database: Database, metrics: Metrics): Database {
  const run: Database['run'] = (name, input, options) => {
    const started = performance.now();
    const note = (failed: boolean) =>
      metrics.database(name, (performance.now() - started) / 1000, failed);
    const running = database.run(name, input, options);
    running.then(
      () => note(false),
      () => note(true),
    );
    return running;
  };
  return { ...database, run };
}
