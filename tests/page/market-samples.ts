// What a coordinator may answer the market page, for the tests of its states.

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** A fortnight of hours whose rate rises, falls and rests; the newest last. */
function historyOf(hours: number) {
  const last = Math.floor(Date.now() / hourMs) - 1;
  return Array.from({ length: hours }, (_, index) => {
    const turn = Math.sin(index / 19) + 0.4 * Math.sin(index / 5);
    return {
      epoch: last - (hours - 1 - index),
      rate: Math.round(1_240 + 260 * turn),
      verified: index % 41 === 9 ? '0' : String(Math.round(4e15 * (0.52 + 0.2 * turn))),
      capacity: index % 41 === 9 ? '0' : '8000000000000000',
      waiting: true,
    };
  });
}

const model = {
  id: 'a3'.repeat(32),
  name: 'all-MiniLM-L6-v2',
  class: 'exact',
  licence: 'Apache-2.0',
  bytes: 23_068_672,
  units: 18_240,
  multiply_adds: 4.1e14,
};

export const busyMarket = {
  rate: 1_312,
  models: [
    model,
    { ...model, name: 'whisper-tiny', class: 'bounded', bytes: 41_300_000, units: 0 },
  ],
  capacity: [
    { backend: 'webgpu', machines: 41, measured: 37, multiply_adds_per_second: 9.4e12 },
    { backend: 'wasm', machines: 118, measured: 0, multiply_adds_per_second: 0 },
  ],
  waiting: { batches: 7, units: 18_240, too_dear: 2_048, multiply_adds: 4.1e14 },
  earned: {
    hours: 24,
    classes: [
      {
        backend: 'webgpu',
        machines: 52,
        machine_hours: 611.4,
        credits_per_hour: { low: 118_400, middle: 402_750, high: 1_204_000 },
      },
    ],
  },
};

export const busyPrice = {
  rate: 1_312,
  epoch: Math.floor(Date.now() / hourMs),
  ends_in_ms: 23 * 60_000,
  target_permille: 500,
  history: historyOf(24 * 14),
};

const contract = '0x5fbdb2315678afecb367f032d93f642f64180aa3';

export const busyEpochs = {
  contract,
  chain_id: 8453,
  token: { address: contract, symbol: 'USDC', decimals: 6 },
  credits_per_token_unit: 1_000,
  relays: true,
  from_block: 21_000_000,
  epochs: (['posted', 'final', 'struck', 'final'] as const).map((state, index) => ({
    number: 14 - index,
    state,
    credits_total: String(48_211_903_112 - 9_000_000_000 * index),
    debits_total: '0',
    log_size: 90_113 - 5_000 * index,
    transaction: `0x${String(index + 1).repeat(64)}`,
    closed_at: Date.now() - (index + 1) * dayMs,
    final_at: state === 'final' ? Date.now() - index * dayMs : null,
  })),
};

export const emptyMarket = {
  rate: 1_000,
  models: [],
  capacity: [],
  waiting: { batches: 0, units: 0, too_dear: 0, multiply_adds: 0 },
  earned: { hours: 24, classes: [] },
};

export const emptyPrice = { ...busyPrice, rate: 1_000, history: [] };
export const emptyEpochs = { contract: null, epochs: [] };
