// The device that computes: the first backend that passes its self-test. A lost device is made
// again with back-off; one that is lost too often, or computes wrong bytes, gives way to the next.
import type { Encoder, ExactBackend } from '#model/backend.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { BackendChoice } from './choose-backend.ts';
import type { Environment } from './environment.ts';
import { measureSpeed, runSelfTest } from './self-test.ts';
import type { StartOptions } from './status.ts';

/** After so many losses of one device the next backend takes over. */
const lossesMax = 3;
const lossBackoffMs = 500;

export interface Device {
  readonly backend: ExactBackend;
  readonly why: string;
  readonly selfTest: Bytes;
  /** Multiply-adds per second, measured by the self-test. */
  readonly speed: number;
  createEncoder(weights: EncoderWeights): Promise<Encoder>;
  /** After engine/device-lost: the same backend again, or the next one. */
  recover(signal: AbortSignal): Promise<void>;
  /** Gives this backend up for the next. */
  fallBack(reason: IdlewildError, signal: AbortSignal): Promise<void>;
  destroy(): void;
}

/** @throws engine/no-backend when none passes, engine/no-adapter when the one asked for is missing */
export async function openDevice(
  environment: Environment,
  preference: StartOptions['backend'],
  signal: AbortSignal,
): Promise<Device> {
  const device = new TestedDevice(environment, await environment.findBackends(preference));
  await device.takeNext(signal);
  return device;
}

class TestedDevice implements Device {
  readonly #environment: Environment;
  readonly #choices: BackendChoice[];
  readonly #refusals: IdlewildError[] = [];
  #current: {
    choice: BackendChoice;
    backend: ExactBackend;
    selfTest: Bytes;
    speed: number;
  } | null = null;
  #losses = 0;

  constructor(environment: Environment, choices: BackendChoice[]) {
    this.#environment = environment;
    this.#choices = [...choices];
  }

  get #now() {
    if (!this.#current) throw this.#none();
    return this.#current;
  }
  get backend(): ExactBackend {
    return this.#now.backend;
  }
  get why(): string {
    const because = this.#refusals.map(({ shortMessage }) => shortMessage);
    return [this.#now.choice.why, ...because].join(' ');
  }
  get selfTest(): Bytes {
    return this.#now.selfTest;
  }
  get speed(): number {
    return this.#now.speed;
  }

  createEncoder(weights: EncoderWeights): Promise<Encoder> {
    return this.backend.createEncoder(weights);
  }

  async takeNext(signal: AbortSignal): Promise<void> {
    this.destroy();
    this.#losses = 0;
    for (let choice = this.#choices.shift(); choice; choice = this.#choices.shift()) {
      signal.throwIfAborted();
      try {
        await this.#open(choice, signal);
        return;
      } catch (thrown) {
        signal.throwIfAborted();
        this.#refusals.push(toIdlewildError(thrown, 'engine/unavailable'));
      }
    }
    throw this.#none();
  }

  async recover(signal: AbortSignal): Promise<void> {
    const { choice } = this.#now;
    while (++this.#losses <= lossesMax) {
      this.destroy();
      const wait = lossBackoffMs * 4 ** (this.#losses - 1);
      await this.#environment.clock.sleep(wait, signal);
      try {
        await this.#open(choice, signal);
        return;
      } catch (thrown) {
        signal.throwIfAborted();
        if (toIdlewildError(thrown).code === 'self-test/wrong-bytes') break;
      }
    }
    const lost = `${choice.name} lost its device ${lossesMax} times.`;
    await this.fallBack(new IdlewildError('engine/device-lost', lost), signal);
  }

  async fallBack(reason: IdlewildError, signal: AbortSignal): Promise<void> {
    this.#refusals.push(reason);
    await this.takeNext(signal);
  }

  destroy(): void {
    this.#current?.backend.destroy();
    this.#current = null;
  }

  async #open(choice: BackendChoice, signal: AbortSignal): Promise<void> {
    const backend = await choice.create();
    try {
      const { clock } = this.#environment;
      const oracle = await this.#environment.createOracle();
      const selfTest = await runSelfTest(backend, oracle, async () => {
        await clock.breathe();
        signal.throwIfAborted();
      });
      const speed = await measureSpeed(backend, clock);
      this.#current = { choice, backend, selfTest, speed };
    } catch (thrown) {
      backend.destroy();
      throw thrown;
    }
  }

  #none(): IdlewildError {
    return new IdlewildError('engine/no-backend', 'Nothing in this browser computes exactly.', {
      metaMessages: [
        ...this.#refusals.map(({ shortMessage }) => shortMessage),
        'Update the browser and its graphics driver, or try another browser.',
      ],
    });
  }
}
