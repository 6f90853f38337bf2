// The life of an epoch, written out. Pure: what happened goes in, the state after it comes out.
//
//   closing   its books are frozen, at a checkpoint of the log
//   built     its trees and files are on disk
//   posting   its transaction is in the journal
//   posted    the contract has it; its dispute window runs
//   disputed  an arbiter is to rule
//   final     it counts: debits are collected, credits claimed
//   struck    it fell; the last final one goes on counting, and the next epoch says what it said
//
//   closing -built-> built -submitted-> posting -seen: pending-> posted -seen: final-> final
//   built -files-lost-> closing         posting -unsent-> built
//   posted -seen: disputed-> disputed   disputed -seen: pending (upheld)-> posted
//   posting | posted | disputed -seen: final, struck-> final, struck
//   posted | disputed -seen: none (the chain turned back)-> posting
import { IdlewildError } from '#protocol/errors.ts';
import type { EpochStatus } from './read-settlement.ts';

export type EpochState =
  | 'closing'
  | 'built'
  | 'posting'
  | 'posted'
  | 'disputed'
  | 'final'
  | 'struck';

export type EpochEvent =
  | { kind: 'built' }
  | { kind: 'files-lost' }
  | { kind: 'submitted' }
  /** Its transaction came to nothing, and the contract lacks the epoch. */
  | { kind: 'unsent' }
  /** What the contract says of its number at a block that is believed. */
  | { kind: 'seen'; status: EpochStatus };

type Reaction = Partial<Record<Exclude<EpochEvent['kind'], 'seen'> | EpochStatus, EpochState>>;

const onChain: Reaction = {
  none: 'posting',
  pending: 'posted',
  disputed: 'disputed',
  final: 'final',
  struck: 'struck',
};

const reactions: Record<EpochState, Reaction> = {
  closing: { built: 'built' },
  built: { submitted: 'posting', 'files-lost': 'closing' },
  posting: { ...onChain, unsent: 'built' },
  posted: onChain,
  disputed: onChain,
  final: { final: 'final' },
  struck: { struck: 'struck' },
};

/** Whether the next epoch may be closed. */
export function isOver(state: EpochState): boolean {
  return state === 'final' || state === 'struck';
}

/** @throws settlement/epoch-impossible for what cannot happen in this state */
export function reactTo(state: EpochState, event: EpochEvent): EpochState {
  const what = event.kind === 'seen' ? event.status : event.kind;
  const after = reactions[state][what];
  if (after) return after;
  throw new IdlewildError(
    'settlement/epoch-impossible',
    `An epoch that is ${state} met: ${what}.`,
    {
      metaMessages: [
        'The chain and this database disagree on what was believed for good.',
        'See that the node is of the right chain and the database the newest, then reconcile.',
      ],
    },
  );
}
