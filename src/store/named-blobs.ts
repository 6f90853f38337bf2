// Every payload that the database names, page by page: what a backup must hold beside it.
import type { Query } from './database-engine.ts';
import { deletedBlob } from './payload-files.ts';

const pageRows = 5_000;

/** Each table that names payloads, in the order of a key. */
const tables: { table: string; key: string; columns: string[]; where: string }[] = [
  { table: 'files', key: 'id', columns: ['blob'], where: 'true' },
  { table: 'batches', key: 'id', columns: ['plan_blob'], where: 'true' },
  { table: 'units', key: 'id', columns: ['input_blob', 'output_blob'], where: 'true' },
  { table: 'results', key: 'lease_id', columns: ['output_blob'], where: 'true' },
];

const isNamed = (name: unknown): name is string => typeof name === 'string' && name !== deletedBlob;

/** Names in pages, without doubles inside a page. */
export async function* listNamedBlobs(query: Query): AsyncGenerator<string[]> {
  for (const { table, key, columns, where } of tables) {
    let after: unknown = null;
    for (;;) {
      const rows: Record<string, unknown>[] = await query(
        `select ${key} as key, ${columns.join(', ')} from ${table}
         where ${where} ${after === null ? '' : `and ${key} > $1`}
         order by ${key} limit ${pageRows}`,
        after === null ? [] : [after],
      );
      if (rows.length === 0) break;
      after = rows[rows.length - 1].key;
      const names = rows.flatMap((row) => columns.map((column) => row[column]));
      yield [...new Set(names.filter(isNamed))];
    }
  }
}
