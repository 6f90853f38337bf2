// Triggers on a test's database that let no unit, lease, result or audited row make a move that
// validator/states.ts does not list. They run under every test that starts from the template.
import type { PGlite } from '@electric-sql/pglite';
import {
  leaseMoves,
  leaseStates,
  resultMoves,
  resultStates,
  rowMoves,
  rowStates,
  unitMoves,
  unitStates,
} from '#validator/states.ts';

/** `from to` of every move, by the states' numbers, those that change nothing included. */
function listMoves<State extends string>(
  states: readonly State[],
  moves: Record<State, readonly State[]>,
): string[] {
  return states.flatMap((from, number) => [
    `${number} ${number}`,
    ...moves[from].map((to) => `${number} ${states.indexOf(to)}`),
  ]);
}

const watched: Record<string, string[]> = {
  units: listMoves(unitStates, unitMoves),
  leases: listMoves(leaseStates, leaseMoves),
  results: listMoves(resultStates, resultMoves),
  audit_rows: listMoves(rowStates, rowMoves),
};

export async function watchMoves(database: PGlite): Promise<void> {
  for (const [table, moves] of Object.entries(watched)) {
    const allowed = [...new Set(moves)].map((move) => `'${move}'`).join(', ');
    await database.exec(`
      create function watch_${table}() returns trigger language plpgsql as $$
      begin
        if old.state || ' ' || new.state not in (${allowed}) then
          raise exception '${table}: state % never becomes %', old.state, new.state;
        end if;
        return new;
      end $$;
      create trigger watch_${table} before update on ${table}
        for each row execute function watch_${table}();`);
  }
}
