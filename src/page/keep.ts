// What the page itself keeps in this browser: the consent, and after it the settings, the language
// and whose credit it was. Reading asks nothing of anybody; nothing is written before the visitor agreed.

const names = ['consent', 'settings', 'language', 'signer'] as const;
type Name = (typeof names)[number];

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
  for (const name of names) {
    try {
      localStorage.removeItem(prefix + name);
    } catch {
      return;
    }
  }
}
