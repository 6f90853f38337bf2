// Every limit of the speech pipeline, by name. A refusal names the limit.

export const speechLimits = {
  /** Two hours: 460 MB of samples at 16 kHz. */
  secondsMax: 7_200,
  channelsMax: 32,
  /** Samples a second. */
  rateMin: 4_000,
  rateMax: 192_000,
  /** Tokens of a prompt: half of the decoder's context, less one, as Whisper has it. */
  promptTokensMax: 223,
} as const;
