// English: what the worker says it is doing or waiting for, by the code of `status.saying`, and why
// the coordinator hands out no work, by the code of its reason (page/saying-words.ts).
export const englishSayings = {
  'saying.again': 'The last session is over, so another one is opened.',
  'saying.device-again': 'The device gave up and is started again.',
  'saying.asking': 'Asking the coordinator for work.',
  'saying.retry': 'The model’s files could not be fetched. It tries again soon.',
  'saying.tab': 'Another tab of this browser computes already.',
  'saying.verdicts': 'All units of this run are computed, verdicts are due.',
  'saying.broken-work': 'What came was not what its lease says, and went back.',
  'saying.daily-cap': '{model} needs a download of {needed}, and {used} of today’s {cap} are used.',
  'saying.daily-full': 'Today’s {cap} of downloads are used.',
  'saying.disk-cap': '{model} needs {needed} of disk, and may have {cap}.',
  'saying.silent':
    'The worker did not answer, so it was ended. The units it held run out by themselves.',

  'reason.none': 'No unit waits for a contributor now.',
  'reason.partner-only': 'What waits must be checked by another account on another network.',
  'reason.enough': 'The units already held last for a while at this speed.',
  'reason.not-wanted': 'No further unit was asked for.',
  'reason.project': 'The project that you chose has no unit for this machine now.',
  'reason.input-damaged': 'The coordinator cannot read the input of the unit that was next.',
  'reason.busy': 'The coordinator has too much to do just now.',
  'reason.offline': 'The coordinator does not answer.',
  'reason.other': 'The coordinator says: {message}',
} as const;
