// The device that computes: the first backend that passes its self-test. One that fails is made
// again with more caution, as far as that may help, and gives way to the next when it does not:
//
//   lost → the same after a wait, with shorter slices; three losses → the next
//   out of memory → the same with smaller groups, twice; then the next
//   wrong bytes → the same without the native dot; then the next
import type { Encoder, ExactBackend } from '#model/backend.ts';
import type { EncoderConfig, EncoderWeights } from '#model/encoder.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { Caretaker } from './caretaker.ts';
import type { BackendChoice } from './choose-backend.ts';
import type { Environment } from './environment.ts';
import { expectSpeed, knownSpeed, newSpeed } from './known-speed.ts';
import { runSelfTest, testShape } from './self-test.ts';
import type { WhyCode } from './status.ts';

export interface Device {
  readonly backend: ExactBackend;
  readonly why: string;
  readonly whyCode: WhyCode;
  readonly selfTest: Bytes;
  /** Multiply-adds per second; before it is tested what is expected, or null. */
  readonly speed: number | null;
  /** Known answers in the shape of a model, once for each. @throws self-test/wrong-bytes */
  test(config: EncoderConfig, signal: AbortSignal): Promise<void>;
  createEncoder(weights: EncoderWeights): Promise<Encoder>;
  /**
   * Has a device that was opened in haste find its fastest kernels, once, and tests it again.
   * @returns whether there are others now, for which models are to be loaded again
   * @throws engine/..., self-test/wrong-bytes
   */
  tune(signal: AbortSignal): Promise<boolean>;
  /**
   * After a failure: the same backend more cautiously, or the next one.
   * @returns false when memory ran out and there is no next; the device is as it was then
   * @throws engine/no-backend when none is left
   */
  mend(failure: IdlewildError, signal: AbortSignal): Promise<boolean>;
  destroy(): void;
}

export interface OpeningDevice {
  /** Not to compute with yet: that is for whom awaits `tested`. */
  device: Device;
  /** @throws engine/no-backend when none passes */
  tested: Promise<Device>;
}

/** Begins the self-test. */
export async function beginDevice(
  environment: Environment,
  choices: BackendChoice[],
  signal: AbortSignal,
): Promise<OpeningDevice> {
  const expected = choices[0] ? await expectSpeed(environment, choices[0].name) : null;
  const device = new TestedDevice(environment, choices, expected);
  const tested = device.takeNext(signal).then(() => device);
  tested.catch(() => {});
  return { device, tested };
}

/** @throws engine/no-backend when none passes */
export async function openDevice(
  environment: Environment,
  choices: BackendChoice[],
  signal: AbortSignal,
): Promise<Device> {
  return (await beginDevice(environment, choices, signal)).tested;
}

interface Tested {
  choice: BackendChoice;
  caretaker: Caretaker;
  backend: ExactBackend;
  selfTest: Bytes;
  speed: number;
  /** Shapes of models that it has passed. */
  shapes: Set<string>;
  isTuned: boolean;
}

class TestedDevice implements Device {
  readonly #environment: Environment;
  readonly #choices: BackendChoice[];
  readonly #refusals: IdlewildError[] = [];
  readonly #expectedSpeed: number | null;
  #current: Tested | null = null;

  constructor(environment: Environment, choices: BackendChoice[], expectedSpeed: number | null) {
    this.#environment = environment;
    this.#choices = [...choices];
    this.#expectedSpeed = expectedSpeed;
  }

  get #now(): Tested {
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
  get whyCode(): WhyCode {
    return this.#now.choice.whyCode;
  }
  get selfTest(): Bytes {
    return this.#now.selfTest;
  }
  get speed(): number | null {
    return this.#current?.speed ?? this.#expectedSpeed;
  }

  createEncoder(weights: EncoderWeights): Promise<Encoder> {
    return this.backend.createEncoder(weights);
  }

  async test(config: EncoderConfig, signal: AbortSignal): Promise<void> {
    const { backend, shapes } = this.#now;
    const { vocabularySize, positions, tokensMax, layers, ...specialisation } = config;
    const shape = JSON.stringify(specialisation);
    if (shapes.has(shape)) return;
    const { createOracle } = this.#environment;
    await testShape({ backend, createOracle, pause: this.#pause(signal) }, config);
    shapes.add(shape);
  }

  async tune(signal: AbortSignal): Promise<boolean> {
    const now = this.#now;
    const { backend, choice } = now;
    if (now.isTuned) return false;
    now.isTuned = true;
    if (!(await backend.tune?.())) return false;
    signal.throwIfAborted();
    // What was known of it was known of other kernels.
    now.selfTest = await runSelfTest({ backend, pause: this.#pause(signal) });
    now.speed = await newSpeed(this.#environment, choice.name, backend);
    now.shapes.clear();
    return true;
  }

  async takeNext(signal: AbortSignal): Promise<void> {
    this.destroy();
    for (let choice = this.#choices.shift(); choice; choice = this.#choices.shift()) {
      const caretaker = new Caretaker(this.#environment.clock, choice.name);
      if (await this.#open(choice, caretaker, signal)) return;
    }
    throw this.#none();
  }

  async mend(failure: IdlewildError, signal: AbortSignal): Promise<boolean> {
    const { choice, caretaker } = this.#now;
    if (caretaker.learn(failure)) {
      this.destroy();
      if (await this.#open(choice, caretaker, signal)) return true;
    } else if (failure.code === 'engine/out-of-memory' && this.#choices.length === 0) {
      return false;
    } else {
      this.#refusals.push(caretaker.explain(failure));
    }
    await this.takeNext(signal);
    return true;
  }

  /** What is known of it stays, for whoever asks before the next one is there. */
  destroy(): void {
    this.#current?.backend.destroy();
  }

  /** @returns false when the backend cannot be had; why is among the refusals then */
  async #open(choice: BackendChoice, caretaker: Caretaker, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      await caretaker.wait(signal);
      signal.throwIfAborted();
      try {
        this.#current = await this.#create(choice, caretaker, signal);
        return true;
      } catch (thrown) {
        signal.throwIfAborted();
        const failure = toIdlewildError(thrown, 'engine/unavailable');
        if (caretaker.learn(failure)) continue;
        this.#refusals.push(caretaker.explain(failure));
        return false;
      }
    }
  }

  async #create(choice: BackendChoice, caretaker: Caretaker, signal: AbortSignal): Promise<Tested> {
    const backend = await choice.create({ ...caretaker.caution });
    try {
      signal.throwIfAborted();
      const selfTest = await runSelfTest({ backend, pause: this.#pause(signal) });
      const speed = await knownSpeed(this.#environment, choice.name, backend);
      signal.throwIfAborted();
      const shapes = new Set<string>();
      return { choice, caretaker, backend, selfTest, speed, shapes, isTuned: false };
    } catch (thrown) {
      backend.destroy();
      throw thrown;
    }
  }

  #pause(signal: AbortSignal): () => Promise<void> {
    return async () => {
      await this.#environment.clock.breathe();
      signal.throwIfAborted();
    };
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
