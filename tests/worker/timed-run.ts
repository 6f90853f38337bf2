// A contributor at work by a clock that the test moves, against the strict coordinator.
import type { ExactBackend } from '#model/backend.ts';
import type { CrewMaker } from '#worker/environment.ts';
import type { Pressure } from '#worker/pressure-gate.ts';
import type { ContributorStatus, Settings } from '#worker/status.ts';
import { begin, settings, startOptions } from './begin-contributor.ts';
import { ManualClock } from './manual-clock.ts';
import { choice, type NodeParts } from './node-environment.ts';
import { StrictCoordinator } from './strict-coordinator.ts';
import { lasting } from './timed-backends.ts';

/** What the test says of the world around the worker. */
class World {
  isOnline = true;
  tellNetwork = () => {};
  tellPressure = (_pressure: Pressure) => {};
  readonly signals: NodeParts['signals'] = {
    isOnline: () => this.isOnline,
    watchNetwork: (listener) => {
      this.tellNetwork = listener;
      return () => {};
    },
    watchPressure: (listener) => {
      this.tellPressure = listener;
      return () => {};
    },
  };

  setOnline(isOnline: boolean): void {
    this.isOnline = isOnline;
    this.tellNetwork();
  }
}

export interface TimedSetting {
  settings?: Partial<Settings>;
  units?: number;
  /** Slices of 40 ms that a unit takes. */
  slices?: number;
  unitsMax?: number;
  /** The own device; none is the oracle, a unit in so many slices. */
  backend?: (clock: ManualClock, heard: string[]) => ExactBackend;
  crew?: (clock: ManualClock, heard: string[]) => CrewMaker;
  parts?: Partial<NodeParts>;
}

export async function openTimed(setting: TimedSetting = {}) {
  const clock = new ManualClock();
  const heard: string[] = [];
  const world = new World();
  const coordinator = new StrictCoordinator();
  const slices = setting.slices ?? 10;
  const backend = setting.backend ?? ((...given) => lasting(...given, slices));
  for (let unit = 0; unit < (setting.units ?? 6); unit++) coordinator.addUnit([3]);
  const begun = begin(coordinator, {
    backends: [choice(backend(clock, heard))],
    ...(world.signals ? { signals: world.signals } : {}),
    ...(setting.crew ? { crew: setting.crew(clock, heard) } : {}),
    ...setting.parts,
    clock,
  });
  const seen: ContributorStatus[] = [];
  await begun.contributor.subscribe((status) => void seen.push(status));
  const chosen = { ...settings, ...setting.settings };
  const options = { ...startOptions, unitsMax: setting.unitsMax ?? 0, settings: chosen };
  await clock.pass(begun.contributor.start(options, null));
  const last = () => seen.at(-1) as ContributorStatus;
  /** Moves on until the newest status is so. */
  const reach = (isIt: (status: ContributorStatus) => boolean) => clock.until(() => isIt(last()));
  return { ...begun, clock, coordinator, heard, seen, last, reach, world, chosen };
}
