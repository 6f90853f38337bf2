// What the doctor found: one line each, with its state and what to do.
export interface Finding {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  words: string;
  /** What to do about it. */
  todo?: string;
}

export const found = (name: string, words: string): Finding => ({ name, state: 'ok', words });

export const warned = (name: string, words: string, todo: string): Finding => ({
  name,
  state: 'warn',
  words,
  todo,
});

export const failed = (name: string, words: string, todo: string): Finding => ({
  name,
  state: 'fail',
  words,
  todo,
});
