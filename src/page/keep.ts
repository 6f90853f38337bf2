// What the page itself keeps in this browser: the consent, and after it the settings and the
// language. Reading asks nothing of anybody; nothing is written before the visitor agreed.

type Name = 'consent' | 'settings' | 'language';

const prefix = 'idlewild/';

/** @returns null where there is nothing, or nothing may be read */
export function readKept(name: Name): unknown {
  try {
    return JSON.parse(localStorage.getItem(prefix + name) ?? 'null');
  } catch {
    return null;
  }
}

/** Where the browser stores nothing the page works all the same, and asks again next time. */
export function keep(name: Name, value: unknown): void {
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // The worker says so where it matters: it cannot compute without storage.
  }
}

export function forgetKept(): void {
  for (const name of ['consent', 'settings', 'language'] satisfies Name[]) {
    try {
      localStorage.removeItem(prefix + name);
    } catch {
      return;
    }
  }
}
