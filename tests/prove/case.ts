// One case of the proof as plain data that can cross into any browser, and what a backend answers.
// Nothing but bytes is compared: an answer is the sha256 of every row's output.
import type { EncoderConfig } from '#model/encoder.ts';
import type { Extreme } from './extremes.ts';

/** Where a model comes from. Every backend makes or reads its own copy. */
export type ModelSource =
  /** Made from a seed (src/model/synthetic.ts), then driven to extremes (extremes.ts). */
  | { kind: 'seeded'; seed: number; config: EncoderConfig; extremes: Extreme[] }
  /** A file of known answers that holds a manifest and its shards in base64. */
  | { kind: 'vector'; path: string }
  /** A folder that the importer wrote: manifest.json and shards/SHA256. */
  | { kind: 'folder'; path: string };

export interface ProofCase {
  name: string;
  source: ModelSource;
  /** Token ids of each row. */
  rows: number[][];
  /** Row digests that were committed long ago; absent where TypeScript is the only witness. */
  known?: string[];
}

export interface Answer {
  /** Hex sha256 of each row's output, in the order of the case's rows. */
  rows: string[];
  /** The digest that replicas compare: the Merkle root over `rows`. */
  unit: string;
}

/** What a backend says while it computes the cases, wherever it runs. */
export type Report =
  | { kind: 'opened'; adapter: string }
  | { kind: 'answer'; index: number; answer: Answer }
  /** This case failed; the next are tried. */
  | { kind: 'error'; index: number; why: string }
  | { kind: 'done'; adapter: string }
  /** Nothing can be computed here, and why. */
  | { kind: 'unavailable'; why: string };

/** Reads a file of the repository by its path from the root, in Node or over HTTP. */
export type ReadFile = (path: string) => Promise<Uint8Array<ArrayBuffer>>;
