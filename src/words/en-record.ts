// English, first and third band: projects and consent; verdicts, sums and what is stored.
import { long } from './long.ts';

export const englishRecord = {
  'project.any': 'Let the coordinator choose',
  'project.any.words': 'Whatever is most wanted now.',
  'project.none':
    'No project is open now, so there is nothing to hand out. You can start all the same: this ' +
    'tab then waits until there is.',
  'project.closed': 'The project you chose is not open any more, so the coordinator chooses.',
  'project.more': 'Show all {projects}',
  'count.projects': { one: '{n} project', other: '{n} projects' },
  'class.public': 'Published texts.',
  'class.personal': 'Texts that people wrote for few eyes.',
  'class.sensitive': 'Texts that may disturb.',
  'checked.sampled': 'Checked by samples.',
  'checked.full': 'Every unit is computed by two strangers.',
  'checked.trusted': 'Every unit is computed again by the coordinator or accounts it trusts.',
  'model.size': '{bytes}, fetched once',
  'model.id': 'id {id}',

  'consent.version': 'Version {version} of this text.',
  'consent.renew': 'After {days} you are asked again.',
  'consent.ran-out': 'Your consent ran out on {date}, so you are asked again.',
  'consent.over': 'Your consent is over, so you are asked again.',
  'consent.changed': 'This text has changed since you agreed to it, so you are asked again.',
  'consent.withdrawn':
    'Consent withdrawn in this browser: your settings here are forgotten, and nothing runs until ' +
    'you agree again.',
  'consent.withdrawn-everywhere':
    'Consent withdrawn: the coordinator gives this account no more work until you agree again, ' +
    'and your settings here are forgotten.',
  'consent.in-force': 'You agreed to this on {from}. It holds until {until}.',
  'consent.failed': long(
    'Withdrawn in this browser, but the coordinator could not be told: {message} What is finished ',
    'and not sent yet is kept until it can be.',
  ),
  'consent.withdraw': 'Withdraw consent',
  'consent.tell': 'Tell the coordinator again',

  'signer.device': 'A key of this browser, without a wallet',
  'signer.last': 'At your last visit: {wallet}.',
  'signer.absent':
    'At your last visit it went to {wallet}, which is not here now. Open it, or go on without.',
  'signer.note': 'A wallet asks you for one signature. It moves no funds.',

  'record.older': 'Show all {n}',
  'record.newest': 'Show the newest {n}',
  'record.rows': '{rows} of unit {unit}',
  'record.credit': '{credit} credit',
  'record.unit': 'Unit',
  'record.receipt': 'Receipt',
  'record.lease': 'Lease',
  'verify.go': 'Verify this receipt',
  'record.code': 'Code',

  'stored.unknown': 'Not looked at before you press Start.',
  'stored.files': '{bytes} of model files.',
  'stored.none': 'No model files.',
  'stored.today': '{bytes} fetched today.',
  'stored.cleared': 'Cleared. They are fetched again when they are needed.',
  'stored.kept': 'Not cleared: {message}',

  'verdict.waiting': 'Waiting',
  'verdict.accepted': 'Accepted:',
  'verdict.confirmed': 'Confirmed:',
  'verdict.refused': 'Refused:',
  'verdict.awaiting-partner':
    'for a second result of this unit, by another account or the coordinator itself.',
  'verdict.same-bytes': 'another account, or the coordinator itself, got the same bytes.',
  'verdict.agreed': 'another machine got nearly the same numbers, as near as the model asks.',
  'verdict.differs': 'others got the same as each other, and this result is too far from theirs.',
  'verdict.held': 'until another machine has computed a row of this unit again.',
  'verdict.disputed': 'for the coordinator: another result of this unit gave other bytes.',
  'verdict.audited':
    'another machine, or the coordinator itself, got the same bytes for a row of this unit.',
  'verdict.voided':
    'another unit of this account was wrong, so this one, not yet confirmed, does not count.',
  'verdict.input-lost': 'the coordinator lost the input of this unit, so nobody can check it.',
  'verdict.digest-mismatch': 'computed again, this unit gave other bytes.',
  'verdict.superseded': 'the unit was decided before this result came, on another result.',
  'verdict.expired': 'it came after its time had run out, and the unit needs no further result.',
  'verdict.withdrawn': 'the unit was withdrawn before this result came.',
  'verdict.unread': 'the result does not hold together, so it was not compared.',
  'verdict.unknown': 'for a reason that this page has no words for: {code}.',
} as const;
