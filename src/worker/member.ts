// The entry of one member of a crew: the exact arithmetic in WASM in a thread of its own, fed by the
// contributor's worker. It knows no lease, no key and no network.
import * as Comlink from 'comlink';
import type { Encoder, ExactBackend } from '#model/backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { createWasm } from './create-wasm.ts';
import type { MemberFace, TellSlice } from './member-face.ts';
import { carryErrors } from './transfer-errors.ts';

const encoders = new Map<number, Encoder>();
let backend: ExactBackend | null = null;
let tellSlice: TellSlice | null = null;
let made = 0;

const face: MemberFace = {
  async open(tell) {
    tellSlice = tell;
    backend = await createWasm();
    return backend.adapter;
  },
  async createEncoder(weights) {
    if (!backend) throw new IdlewildError('internal/assertion', 'Not opened.');
    const encoder = await backend.createEncoder(weights);
    encoders.set(++made, encoder);
    return made;
  },
  async encode(number, rows, isTold) {
    const encoder = encoders.get(number);
    if (!encoder) throw new IdlewildError('engine/destroyed', 'This encoder was destroyed.');
    const onSlice = isTold ? tellSlice : null;
    const output = await encoder.encode(rows, onSlice ? { onSlice } : {});
    return Comlink.transfer(output, [output.buffer]);
  },
  async destroyEncoder(number) {
    encoders.get(number)?.destroy();
    encoders.delete(number);
  },
};

carryErrors();
Comlink.expose(face);
