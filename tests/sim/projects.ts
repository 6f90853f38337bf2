// The simulation's projects, and whose units an asker gets: those of the project that it chose, or of
// any that is open.

export const projects = [
  { id: 'project 0', open: true },
  { id: 'project 1', open: true },
  { id: 'project 2', open: false },
] as const;

/** Where nobody says otherwise. */
export const mainProject: string = projects[0].id;

export function isAskedFor(project: string, choice: string | null): boolean {
  if (choice !== null) return project === choice;
  return projects.some(({ id, open }) => id === project && open);
}
