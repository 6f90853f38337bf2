// What comlink carries between a crew's member and the worker that feeds it. Types only.
import type { ProxyMarked } from 'comlink';
import type { SliceProgress } from '#model/backend.ts';
import type { EncoderWeights } from '#model/encoder.ts';

/** Awaited between slices; what it throws ends the unit. */
export type TellSlice = (progress: SliceProgress) => Promise<void>;

export interface MemberFace {
  /** @returns the engine in words */
  open(tell: TellSlice & ProxyMarked): Promise<string>;
  /** @returns the encoder's number */
  createEncoder(weights: EncoderWeights): Promise<number>;
  /** @param isTold whether its slices are */
  encode(
    encoder: number,
    rows: readonly Uint32Array[],
    isTold: boolean,
  ): Promise<Int32Array<ArrayBuffer>>;
  destroyEncoder(encoder: number): Promise<void>;
}
