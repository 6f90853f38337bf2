// The projects as the page, the widget's frame and the public list tell them: read once for all who
// ask within a moment, so that a page costs the database nothing.
import { assert } from '#protocol/errors.ts';
import type { Database } from '#store/database.ts';
import type { Project } from '#store/project-operations.ts';

/** Another replica's change is told so much later. */
const keptMs = 2_000;

export interface ProjectBook {
  /** All of them, the default first. */
  all(): Promise<Project[]>;
  /** The operator's own. */
  main(): Promise<Project>;
  find(id: string): Promise<Project | undefined>;
  /** Something was changed here: the next who asks is told. */
  forget(): void;
}

export function createProjectBook(database: Database, now: () => number): ProjectBook {
  let kept: { at: number; read: Promise<Project[]> } | null = null;
  let last: Project[] | null = null;

  async function read(): Promise<Project[]> {
    try {
      last = await database.run('readProjects', null);
    } catch (thrown) {
      // A page is shown while the database is away.
      if (!last) throw thrown;
    }
    return last;
  }
  function all(): Promise<Project[]> {
    const at = now();
    if (kept && at >= kept.at && at - kept.at < keptMs) return kept.read;
    const fresh = { at, read: read() };
    kept = fresh;
    fresh.read.catch(() => {
      if (kept === fresh) kept = null;
    });
    return fresh.read;
  }
  return {
    all,
    async main() {
      const project = (await all()).find((one) => one.is_default);
      assert(project, 'the operator has a project');
      return project;
    },
    find: async (id) => (await all()).find((one) => one.id === id),
    forget() {
      kept = null;
    },
  };
}
