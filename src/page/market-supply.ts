// Both sides of the market: what an hour brought to a machine, who is there, what waits, and with which
// models.
import { formatBytes, formatCount, formatDuration, formatLarge } from '#words/format.ts';
import { creditsInToken } from '#words/format-token.ts';
import { count, say } from '#words/say.ts';
import { create, find, setLine } from './elements.ts';
import type { Settlement } from './epochs.ts';
import type { Backend, Capacity, Hour, Market, MarketModel } from './market-answers.ts';

const hourMs = 3_600_000;
const shownBackends = ['webgpu', 'wasm'] as const;

/** Whether it can be used, only a test tells; nothing is asked of the card before a Start. */
function ownBackend(): 'webgpu' | 'wasm' {
  return 'gpu' in navigator ? 'webgpu' : 'wasm';
}

export function showHours(
  { hours, hoursMeasured }: Market,
  settlement: Settlement | null | undefined,
): void {
  const time = formatDuration(hoursMeasured * hourMs);
  const cards = shownBackends.map((backend) => {
    const hour = hours.find((one) => one.backend === backend);
    const card = create('div', backend === ownBackend() ? 'card own' : 'card');
    const told = hour ? tellHour(hour, settlement) : tellNothing(time);
    card.append(create('dt', '', sayBackend(backend)), ...told);
    if (backend === ownBackend()) {
      const like = create('dd', 'fine like');
      like.append(create('strong', '', say('market.hour.like')), ' ');
      like.append(say(`market.hour.like.${backend}`));
      card.append(like);
    }
    return card;
  });
  find('hours').replaceChildren(...cards);
  setLine(find('hours-how'), hours.length > 0 ? say('market.hour.how', { time }) : '');
}

function tellHour(hour: Hour, settlement: Settlement | null | undefined): HTMLElement[] {
  const { low, middle, high } = hour;
  const credits = count('count.credits', middle);
  const inToken = (amount: number) =>
    settlement?.token
      ? creditsInToken(amount, settlement.creditsPerTokenUnit, settlement.token)
      : '';
  const spread = { low: formatCount(low), high: formatCount(high) };
  const from = {
    machines: count('count.machines', hour.machines),
    hours: count('count.machine-hours', Math.round(hour.machineHours)),
  };
  const told = [
    create('dd', 'figure', say('market.hour.middle', { credits })),
    create('dd', 'fine', say('market.hour.half', spread)),
    create('dd', 'fine', say('market.hour.from', from)),
  ];
  const worth = inToken(middle);
  if (!worth) return told;
  const line = create('dd', '');
  line.append(create('bdi', '', worth));
  return told.toSpliced(1, 0, line);
}

function tellNothing(time: string): HTMLElement[] {
  return [
    create('dd', 'figure none', say('market.hour.unknown')),
    create('dd', 'fine', say('market.hour.unknown.words', { time })),
  ];
}

function sayBackend(backend: Backend): string {
  return say(`market.backend.${backend}`);
}

export function showCapacity({ capacity }: Market): void {
  showTerms('capacity', capacity.map(tellCapacity), say('market.capacity.none'));
}

function tellCapacity({ backend, machines, measured, multiplyAddsPerSecond: speed }: Capacity) {
  const line = create('div', '');
  const name = create('dt', '', sayBackend(backend));
  const there = create('dd', 'figure', count('count.machines', machines));
  const known =
    measured > 0
      ? [
          create('dd', '', say('market.capacity.speed', { speed: formatLarge(speed) })),
          create('dd', 'fine', say('market.capacity.measured', { measured })),
        ]
      : [create('dd', 'fine', say('market.capacity.unmeasured'))];
  line.append(name, there, ...known);
  return line;
}

export function showWaiting({ waiting, capacity }: Market): void {
  const { units, batches, tooDear, multiplyAdds } = waiting;
  const told: HTMLElement[] = [];
  if (units === 0) told.push(create('p', 'soft', say('market.waiting.none')));
  else {
    const words = {
      units: count('count.units', units),
      batches: count('count.batches', batches),
      work: formatLarge(multiplyAdds),
    };
    told.push(create('p', '', say('market.waiting.words', words)));
    const speed = capacity.reduce((sum, one) => sum + one.multiplyAddsPerSecond, 0);
    if (speed > 0) {
      const time = formatDuration((1000 * multiplyAdds) / speed);
      told.push(create('p', 'fine', say('market.waiting.time', { time })));
    }
    if (tooDear > 0) {
      const dear = { units: count('count.units', tooDear) };
      told.push(create('p', 'fine waits', say('market.waiting.dear', dear)));
    }
  }
  find('waiting').replaceChildren(...told);
}

export function showModels({ models }: Market): void {
  showTerms('models', models.map(tellModel), say('market.models.none'));
}

function tellModel({ name, isBounded, licence, bytes, units }: MarketModel): HTMLElement {
  const line = create('div', '');
  const term = create('dt', '');
  term.append(create('bdi', '', name));
  const facts = [licence, bytes > 0 ? formatBytes(bytes) : ''].filter(Boolean).join(' · ');
  const waits = units > 0 ? count('count.units', units) : '';
  line.append(
    term,
    create(
      'dd',
      '',
      waits ? say('market.models.waiting', { units: waits }) : say('market.models.idle'),
    ),
    create('dd', 'fine', isBounded ? say('market.models.bounded') : say('market.models.exact')),
  );
  if (facts) line.append(create('dd', 'fine', facts));
  return line;
}

/** Terms and what is said of them, or why there are none. */
function showTerms(id: string, lines: readonly HTMLElement[], none: string): void {
  const list = create('dl', 'lines');
  list.append(...lines);
  find(id).replaceChildren(lines.length > 0 ? list : create('p', 'soft', none));
}
