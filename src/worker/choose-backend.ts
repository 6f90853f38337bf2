// Which backend to try first, and why, in words that the visitor reads. A GPU in software is the
// one surprise: there the WASM backend is far faster, and gives the same bytes.
import type { ExactBackend } from '#model/backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { StartOptions, WhyCode } from './status.ts';

/** What a device that failed is made again with, so that it fails less; WASM needs none of it. */
export interface Caution {
  /** Shorter submits, after a loss. */
  sliceMs?: number;
  /** Smaller activations, after it ran out of memory. */
  groupTokensMax?: number;
  /** No native dot, after wrong bytes: some drivers miscompile it. */
  packedDot?: false;
}

export interface BackendChoice {
  name: 'webgpu' | 'wasm';
  why: string;
  whyCode: WhyCode;
  create(caution: Caution): Promise<ExactBackend>;
}

export interface AdapterFacts {
  /** null: no WebGPU, or no adapter. */
  kind: 'hardware' | 'software' | null;
  description: string;
}

interface AdapterLike {
  isFallbackAdapter?: boolean;
  info?: {
    vendor?: string;
    architecture?: string;
    device?: string;
    description?: string;
    isFallbackAdapter?: boolean;
  };
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software|\bcpu\b/i;

export function describeAdapter(adapter: AdapterLike | null): AdapterFacts {
  if (!adapter) return { kind: null, description: '' };
  const { vendor, architecture, device, description } = adapter.info ?? {};
  const words = [vendor, architecture, device, description].filter(Boolean).join(' ');
  const isFallback = adapter.isFallbackAdapter === true || adapter.info?.isFallbackAdapter === true;
  const kind = isFallback || softwareNames.test(words) ? 'software' : 'hardware';
  return { kind, description: words };
}

/** @throws engine/no-adapter when WebGPU was asked for and there is none */
export function orderBackends(
  preference: StartOptions['backend'],
  adapter: AdapterFacts,
): Omit<BackendChoice, 'create'>[] {
  if (preference === 'wasm') {
    return [{ name: 'wasm', why: 'WASM: chosen for this start.', whyCode: 'chosen' }];
  }
  if (preference === 'webgpu') {
    if (adapter.kind === null) throw noAdapter();
    const soft = adapter.kind === 'software' ? ' It runs on the CPU here.' : '';
    const why = `WebGPU: chosen for this start.${soft}`;
    return [{ name: 'webgpu', why, whyCode: 'chosen' }];
  }
  if (adapter.kind === 'hardware') {
    return [
      {
        name: 'webgpu',
        why: 'WebGPU: this device has a GPU that the browser may use.',
        whyCode: 'auto-hardware',
      },
      {
        name: 'wasm',
        why: "WASM: this device's GPU did not compute correctly or was lost.",
        whyCode: 'fell-back',
      },
    ];
  }
  const why =
    adapter.kind === 'software'
      ? "WASM: this browser's WebGPU runs on the CPU, where WASM is about 45 times faster."
      : 'WASM: this browser offers no WebGPU adapter.';
  return [
    { name: 'wasm', why, whyCode: adapter.kind === 'software' ? 'auto-software' : 'auto-none' },
  ];
}

function noAdapter(): IdlewildError {
  return new IdlewildError('engine/no-adapter', 'This browser offers no WebGPU adapter.', {
    metaMessages: [
      'Start with the backend on auto to compute in WASM instead,',
      'or turn on hardware acceleration in the browser settings.',
    ],
  });
}
