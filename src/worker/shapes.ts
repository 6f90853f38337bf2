// Shapes of what the network sends, in a twentieth of what a library for it weighs (0.5 kB gz; valibot
// was 2.5): a shape takes a value and where it stands, and gives it back with its type, or throws.

/** @throws Misfit */
export type Shape<Value> = (value: unknown, where: string) => Value;
export type Shaped<Of> = Of extends Shape<infer Value> ? Value : never;

/** What is wrong, and where: `leases.0.unit: 32 bytes were expected`. */
export class Misfit extends Error {}

function expectIt(isIt: boolean, where: string, what: string): asserts isIt {
  if (!isIt) throw new Misfit(`${where}: ${what} was expected`);
}

export const whole =
  (least = -Number.MAX_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): Shape<number> =>
  (value, where) => {
    const isIt = Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
    expectIt(isIt, where, `an integer of ${least} to ${most}`);
    return Number(value);
  };

export const count = whole(0);

/** Milliseconds, not negative. */
export const duration: Shape<number> = (value, where) => {
  expectIt(Number.isFinite(value) && Number(value) >= 0, where, 'a finite number, 0 or more,');
  return Number(value);
};

/** Of at least and at most so many UTF-16 units. */
export const text =
  (most: number, least = 0): Shape<string> =>
  (value, where) => {
    const isIt = typeof value === 'string' && value.length >= least && value.length <= most;
    expectIt(isIt, where, `a text of ${least} to ${most}`);
    return value;
  };

export const matching =
  (pattern: RegExp): Shape<string> =>
  (value, where) => {
    expectIt(typeof value === 'string' && pattern.test(value), where, String(pattern));
    return value;
  };

export const oneOf =
  <const Word extends string>(...words: Word[]): Shape<Word> =>
  (value, where) => {
    expectIt(words.includes(value as Word), where, words.join(' or '));
    return value as Word;
  };

export const flag: Shape<boolean> = (value, where) => {
  expectIt(typeof value === 'boolean', where, 'true or false');
  return value;
};

export const bytes =
  (most = Number.POSITIVE_INFINITY, least = 0): Shape<Uint8Array> =>
  (value, where) => {
    const isIt = value instanceof Uint8Array && value.length >= least && value.length <= most;
    expectIt(isIt, where, `bytes, ${least} to ${most},`);
    return value;
  };

export const digest = bytes(32, 32);

export const nullable =
  <Value>(shape: Shape<Value>): Shape<Value | null> =>
  (value, where) =>
    value === null ? null : shape(value, where);

/** A field that may be missing. */
export const optional =
  <Value>(shape: Shape<Value>): Shape<Value | undefined> =>
  (value, where) =>
    value === undefined ? undefined : shape(value, where);

export const list =
  <Value>(shape: Shape<Value>, most = Number.POSITIVE_INFINITY): Shape<Value[]> =>
  (value, where) => {
    const isIt = Array.isArray(value) && value.length <= most;
    expectIt(isIt, where, `a list of at most ${most}`);
    return value.map((one, at) => shape(one, `${where}.${at}`));
  };

/** Only the fields that are named are taken over. */
export const record =
  <Fields extends Record<string, Shape<unknown>>>(
    fields: Fields,
  ): Shape<{ [Name in keyof Fields]: Shaped<Fields[Name]> }> =>
  (value, where) => {
    expectIt(typeof value === 'object' && value !== null, where, 'an object');
    const read = Object.entries(fields).map(([name, shape]) => [
      name,
      shape((value as Record<string, unknown>)[name], where ? `${where}.${name}` : name),
    ]);
    return Object.fromEntries(read);
  };

/** The first shape that the value has; the last one says what is wrong. */
export const either =
  <First, Second>(first: Shape<First>, second: Shape<Second>): Shape<First | Second> =>
  (value, where) => {
    try {
      return first(value, where);
    } catch {
      return second(value, where);
    }
  };
