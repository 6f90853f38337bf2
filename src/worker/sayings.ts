// What the contributor says of itself: a code and the values of its sentence, so that the page can
// say it in any language, and the sentence in English for the command line. The code's first word
// is the phase.

/** Of an error or a reason: its own code, and its sentence where no dictionary knows the code. */
interface Reason {
  code: string;
  message: string;
}

interface Nothing {
  [key: string]: never;
}

/** Every sentence, by its code, with what it names. Bytes are bytes, counts are counts. */
interface Sayings {
  'idle/not-started': Nothing;
  'connecting/session': Nothing;
  /** The last session is over. */
  'connecting/again': Nothing;
  'testing/known-answers': Nothing;
  /** A device failed, for this reason, and is made again. */
  'testing/again': Reason;
  'loading/model': Nothing;
  'working/unit': { project: string };
  /** Finish then pause was asked for. */
  'working/finishing': { project: string };
  'waiting/asking': Nothing;
  /** The coordinator gave no unit, and says why. */
  'waiting/reason': Reason;
  /** A call failed. */
  'waiting/error': Reason;
  /** Files of a model could not be fetched; tried again soon. */
  'waiting/retry': Reason;
  'waiting/other-tab': Nothing;
  /** All units of a counted run are computed. */
  'waiting/verdicts': Nothing;
  /** Units came that were not what their leases say, and went back. */
  'waiting/broken-work': Nothing;
  /** By the reasons in `pauses`. */
  'paused/reasons': Nothing;
  /** Among the reasons is quota: the day's download cap; 0 needed when it is merely reached. */
  'paused/daily-cap': { model: string; neededBytes: number; usedBytes: number; capBytes: number };
  /** Among the reasons is quota: this model does not fit under the disk cap. */
  'paused/disk-cap': { model: string; neededBytes: number; capBytes: number };
  'stopping/handing-back': Nothing;
  'stopping/done': Nothing;
  /** `kept` finished results go with the next start. */
  'stopped/done': { kept: number };
  /** The page's own: the worker did not answer in time. */
  'stopped/worker-silent': Nothing;
  /** Why is in the status's `error`. */
  'failed/error': Reason;
}

export type SayingCode = keyof Sayings;

export type Saying = {
  [Code in SayingCode]: { code: Code; values: Sayings[Code] };
}[SayingCode];

type Sentences = { [Code in SayingCode]: (values: Sayings[Code]) => string };

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;

const sentences: Sentences = {
  'idle/not-started': () => 'Not started.',
  'connecting/session': () => 'Connecting: asking the coordinator for a session.',
  'connecting/again': () => 'Connecting again: the last session is over.',
  'testing/known-answers': () => 'Testing: this device computes known answers.',
  'testing/again': ({ message }) => `${message} Starting the device again.`,
  'loading/model': () => 'Loading the model.',
  'working/unit': ({ project }) => `Computing for ${project}.`,
  'working/finishing': ({ project }) => `Computing for ${project}; then it pauses.`,
  'waiting/asking': () => 'Waiting: asking the coordinator for work.',
  'waiting/reason': ({ message }) => `Waiting: ${message}`,
  'waiting/error': ({ message }) => `Waiting: ${message}`,
  'waiting/retry': ({ message }) => `Trying again: ${message}`,
  'waiting/other-tab': () => 'Waiting: another tab of this browser computes already.',
  'waiting/verdicts': () => 'Waiting: all units of this run are computed, verdicts are due.',
  'waiting/broken-work': () => 'Waiting: What came was not what its lease says, and went back.',
  'paused/reasons': () => 'Paused.',
  'paused/daily-cap': ({ model, neededBytes, usedBytes, capBytes }) =>
    neededBytes > 0
      ? `Paused: ${model} needs a download of ${megabytes(neededBytes)}, and ` +
        `${megabytes(usedBytes)} of today's ${megabytes(capBytes)} are used.`
      : `Paused: today's ${megabytes(capBytes)} of downloads are used.`,
  'paused/disk-cap': ({ model, neededBytes, capBytes }) =>
    `Paused: ${model} needs ${megabytes(neededBytes)} of disk, and may have ` +
    `${megabytes(capBytes)}.`,
  'stopping/handing-back': () => 'Stopping: handing work back.',
  'stopping/done': () => 'Stopping.',
  'stopped/done': ({ kept }) =>
    kept > 0 ? `Stopped. Kept for the next start: ${kept} finished results.` : 'Stopped.',
  'stopped/worker-silent': () =>
    'The worker did not answer, so it was ended. The units it held run out by themselves.',
  'failed/error': ({ message }) => message,
};

export function sayInEnglish({ code, values }: Saying): string {
  // The code and its values belong together by the type of Saying.
  return (sentences[code] as (given: Saying['values']) => string)(values);
}
