// The wire that takes over pg's socket, over TLS.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabaseEngine } from '#store/database-engine.ts';
import { openPostgres } from '#store/postgres.ts';
import { makeCertificate } from '../cli/make-certificate.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

const given = process.env.IDLEWILD_TEST_DATABASE_URL;

let server: PostgresServer | undefined;
let engine: DatabaseEngine | undefined;
beforeAll(async () => {
  if (given) return;
  server = await startPostgres({ tls: makeCertificate() });
  engine = await openPostgres({ url: `${await server.makeDatabase()}?sslmode=no-verify` });
});
afterAll(async () => {
  await engine?.close();
  await server?.close();
});

test.skipIf(given)(
  'statements, arrays and rows go over TLS (skipped on a given server)',
  async () => {
    const values = Array.from({ length: 10_000 }, (_, i) => `value ${i}`);
    const rows = await engine?.transaction('read', (query) =>
      query(
        `select ssl, array_length($1::text[], 1) as length, ($1::text[])[10000] as last
       from pg_stat_ssl where pid = pg_backend_pid()`,
        [values],
      ),
    );
    expect(rows).toEqual([{ ssl: true, length: 10_000, last: 'value 9999' }]);
  },
);
