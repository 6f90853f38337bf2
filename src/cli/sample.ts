// A uniform sample of a stream of unknown length (Vitter's algorithm R), of each name once.
import { randomInt } from 'node:crypto';

export interface Sample<Item> {
  /** A name heard before changes nothing. */
  offer(name: string, item: Item): void;
  taken(): Item[];
}

export function createSample<Item>(size: number): Sample<Item> {
  const items: Item[] = [];
  const heard = new Set<string>();
  return {
    offer(name, item) {
      if (size === 0 || heard.has(name)) return;
      heard.add(name);
      if (items.length < size) items.push(item);
      else {
        const place = randomInt(heard.size);
        if (place < size) items[place] = item;
      }
    },
    taken: () => items,
  };
}
