// The names that the kernels give, as they are shipped: a letter or two each, the commonest first, which
// is 0.8 of 6.4 kB gz. One list for all texts, since a kernel is several of them put together.

const declared = /\b(?:let|const|fn|struct|alias)\s+(\w+)|\bvar(?:<[^>]*>)?\s*(\w+)|\b(\w+)\s*:/g;
/** What the engine calls by its name, and what the language means by it. */
const kept = [
  /\boverride\s+(\w+)/g,
  /@compute[\s\S]*?\bfn\s+(\w+)/g,
  /@(\w+)/g,
  /@builtin\((\w+)\)/g,
  /\bvar<(\w+)(?:,\s*(\w+))?>/g,
  /\b([xyzw]{1,4}|[rgba]{1,4}|default)\b/g,
];
const word = /(?<![\w@.])[A-Za-z_]\w*|(?<=\.)[A-Za-z_]\w*/g;
/** What the engine adds to a text in `const` lines (kernels.ts). */
const added = ['tile_tokens', 'tile_outputs', 'lanes_max', 'head_words', 'has_bias'];
/** WGSL reserves them, whether or not a text has them. */
const reserved = ['as', 'do', 'fn', 'if', 'is', 'of'];
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function findAll(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].flatMap(([, ...names]) => names.filter(Boolean));
}

function* shortNames(): Generator<string> {
  yield* letters;
  for (const first of letters) for (const second of letters) yield first + second;
}

/** @param texts without comments, all that may be put together */
export function shortenNames(texts: readonly string[]): Map<string, string> {
  const all = texts.join('\n');
  const counts = new Map<string, number>();
  for (const [name] of all.matchAll(word)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const own = new Set(findAll(all, declared).filter((name) => !/^\d/.test(name)));
  const named = kept.flatMap((pattern) => findAll(all, pattern));
  for (const name of [...named, ...added]) own.delete(name);
  const taken = new Set([...reserved, ...counts.keys()].filter((name) => !own.has(name)));
  const commonest = [...own].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  const free = shortNames();
  const names = new Map<string, string>();
  for (const name of commonest) {
    let short = free.next();
    while (!short.done && taken.has(short.value)) short = free.next();
    if (short.done) throw new Error(`No short name is left for ${name}.`);
    names.set(name, short.value);
  }
  return names;
}

export function renameAll(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(word, (name) => names.get(name) ?? name);
}
