// Numbers in [0, 1) that are fixed by a seed and the words they are drawn for: the coordinator's
// secret draws, and every habit of the simulated contributors. The order of draws changes nothing.
import type { Draw } from '#validator/policy.ts';

/** FNV-1a over the words, then murmur3's finalizer, which spreads neighbouring words apart. */
export function makeDraw(seed: number): Draw {
  return (...words) => {
    let hash = Math.imul(seed ^ 0x811c9dc5, 0x01000193);
    for (const word of words) {
      if (typeof word === 'number') hash = Math.imul(hash ^ word, 0x01000193) ^ (hash >>> 15);
      else for (let i = 0; i < word.length; i++) hash = step(hash, word.charCodeAt(i));
      hash = step(hash, 0x1f);
    }
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    hash ^= hash >>> 16;
    return (hash >>> 0) / 2 ** 32;
  };
}

function step(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}
