// Who contributes, by name: a crowd of honest, slow and vanishing contributors, and a share of one
// kind of trouble. The numbers of the rings are the worst that were found (docs/verdicts.md).
import type { Level } from '#validator/policy.ts';
import type { Plan } from './habits.ts';
import type { Crowd } from './simulate.ts';

export interface Scenario {
  about: string;
  levels: readonly Level[];
  plan: Omit<Plan, 'speed'>;
  speed?: Plan['speed'];
}

export const scenarios: Record<string, Scenario> = {
  honest: { about: 'nobody lies', levels: ['sampled', 'full', 'trusted'], plan: {} },
  sick: {
    about: 'one row in 20,000 wrong, unmeant',
    levels: ['sampled'],
    plan: { sick: 1 / 20_000 },
  },
  lazy: {
    about: 'garbage at once, a hundred times as fast',
    levels: ['sampled'],
    plan: { lie: { after: 0, share: 1, rows: null } },
    speed: [200, 800],
  },
  liar: {
    about: 'every row wrong',
    levels: ['sampled'],
    plan: { lie: { after: 0, share: 1, rows: null } },
  },
  tenth: {
    about: 'a tenth of the units wrong whole',
    levels: ['sampled'],
    plan: { lie: { after: 0, share: 1 / 10, rows: null } },
  },
  thousandth: {
    about: 'one row in a thousand wrong',
    levels: ['sampled'],
    plan: { lie: { after: 0, share: 32 / 1_000, rows: 1 } },
  },
  trusted: {
    about: 'honest for 1,000 units, then one row of every unit',
    levels: ['sampled'],
    plan: { lie: { after: 1_000, share: 1, rows: 1 } },
  },
  sparse: {
    about: 'honest for 1,000 units, then 40 rows in all, one by one',
    levels: ['sampled'],
    plan: { lie: { after: 1_000, share: 1 / 20, rows: 1, liesMax: 40 } },
  },
  ring: {
    about:
      'friends: after 1,000 units 3 rows of every 50th, vouch for each other, seek their audits',
    levels: ['sampled', 'full', 'trusted'],
    plan: { friends: 'vouch', grabs: 8, lie: { after: 1_000, share: 1 / 50, rows: 3 } },
  },
  'early ring': {
    about: 'friends: after 200 units one row of every 50th, vouch, seek audits',
    levels: ['sampled'],
    plan: { friends: 'vouch', grabs: 8, lie: { after: 200, share: 1 / 50, rows: 1 } },
  },
  'shy ring': {
    about: 'friends who hand back audits of their lies instead of vouching',
    levels: ['sampled'],
    plan: { friends: 'pass', lie: { after: 1_000, share: 1 / 30, rows: 1 } },
  },
  pairs: {
    about: 'friends: lie where two of them have one unit in hand, and vouch',
    levels: ['sampled', 'full'],
    plan: {
      friends: 'vouch',
      grabs: 8,
      lie: { after: 0, share: 1 / 20, rows: 1, paired: true },
    },
  },
  leavers: {
    about: 'leave after 300 units, two rows of each of the last 8 wrong, come back as strangers',
    levels: ['sampled'],
    plan: {
      identities: 10,
      lie: { after: 10, share: 1, rows: 2, leaves: { units: 300, last: 8 } },
    },
  },
  accusers: {
    about: 'one false digest in each of their audits',
    levels: ['sampled'],
    plan: { accuses: 1 },
  },
  lapsers: {
    about: 'let every eighth lease run out, so that their units are replicated',
    levels: ['sampled'],
    plan: { lapses: 1 / 8 },
  },
  refusers: {
    about: 'compute nothing: take four leases at a time and hand them back',
    levels: ['sampled'],
    plan: { refuses: 4 },
  },
  reborn: {
    about: 'one row of every 10th unit after 200; 10 identities and addresses each',
    levels: ['sampled'],
    plan: { friends: 'vouch', identities: 10, lie: { after: 200, share: 1 / 10, rows: 1 } },
  },
  'early reborn': {
    about: 'one row of every 20th unit after 10; 10 identities and addresses each',
    levels: ['sampled'],
    plan: { friends: 'vouch', identities: 10, lie: { after: 10, share: 1 / 20, rows: 1 } },
  },
};

/** Contributors that are not of the scenario's kind: of a hundred, five are slow, five vanish. */
export function makeCrowd(
  { plan, speed = [2, 8] }: Scenario,
  { contributors, troubled }: { contributors: number; troubled: number },
): Crowd {
  const few = Math.floor(contributors / 20);
  const honest = contributors - troubled - 2 * few;
  return {
    honest: { count: honest, plan: { speed: [2, 8] } },
    slow: { count: few, plan: { speed: [0.5, 1] } },
    vanishing: { count: few, plan: { speed: [2, 8], vanishes: 1 / 200 } },
    troubled: { count: troubled, plan: { ...plan, speed } },
  };
}
