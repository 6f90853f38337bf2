// What a transcription gives: segments of text with times.

export interface Segment {
  /** Seconds from the begin of the sound. */
  start: number;
  end: number;
  text: string;
  /** Times included. */
  tokens: number[];
  /** Of the window that it was heard in: where that begins, in frames of 10 ms. */
  seek: number;
  /** As one machine computed them: told to whoever asks, nothing is decided by them. */
  noSpeechProbability: number;
  meanLogProbability: number;
}

export interface Transcript {
  text: string;
  /** Whisper's code; null where nobody spoke. */
  language: string | null;
  seconds: number;
  segments: Segment[];
}
