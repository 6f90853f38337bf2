// The life of an epoch as a table: every state with every event.
import { expect, test } from 'vitest';
import { type EpochEvent, type EpochState, isOver, reactTo } from '#settlement/epoch-states.ts';

const states: EpochState[] = [
  'closing',
  'built',
  'posting',
  'posted',
  'disputed',
  'final',
  'struck',
];
const events: Record<string, EpochEvent> = {
  built: { kind: 'built' },
  'files-lost': { kind: 'files-lost' },
  submitted: { kind: 'submitted' },
  unsent: { kind: 'unsent' },
  none: { kind: 'seen', status: 'none' },
  pending: { kind: 'seen', status: 'pending' },
  disputed: { kind: 'seen', status: 'disputed' },
  final: { kind: 'seen', status: 'final' },
  struck: { kind: 'seen', status: 'struck' },
};

function tryEvent(state: EpochState, event: EpochEvent): EpochState | 'refused' {
  try {
    return reactTo(state, event);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'settlement/epoch-impossible' });
    return 'refused';
  }
}

test('each state meets each event as the table says', () => {
  const table = states.map((state) =>
    [state.padEnd(8), ...Object.values(events).map((event) => tryEvent(state, event).padEnd(8))]
      .join(' ')
      .trimEnd(),
  );
  expect(`\n${table.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    closing  built    refused  refused  refused  refused  refused  refused  refused  refused
    built    refused  closing  posting  refused  refused  refused  refused  refused  refused
    posting  refused  refused  refused  built    posting  posted   disputed final    struck
    posted   refused  refused  refused  refused  posting  posted   disputed final    struck
    disputed refused  refused  refused  refused  posting  posted   disputed final    struck
    final    refused  refused  refused  refused  refused  refused  refused  final    refused
    struck   refused  refused  refused  refused  refused  refused  refused  refused  struck
    "
  `);
});

test('what is over stays so, and only that lets the next one begin', () => {
  expect(states.filter(isOver)).toEqual(['final', 'struck']);
  for (const state of ['final', 'struck'] as const) {
    for (const event of Object.values(events)) {
      expect([state, 'refused']).toContain(tryEvent(state, event));
    }
  }
});
