// Small readers of JSON from the network: a field that is not what it should be is null, and the view
// leaves it out.

export type Fields = Record<string, unknown>;

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null;
}

/** @param most entries that are looked at */
export function listOf<Item>(
  value: unknown,
  most: number,
  read: (item: Fields) => Item | null,
): Item[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, most).flatMap((item: unknown) => {
    const fields = fieldsOf(item);
    const one = fields && read(fields);
    return one === null ? [] : [one];
  });
}

/** Finite and not negative. */
export function amountOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

const textLengthMax = 200;

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().slice(0, textLengthMax) : '';
}

/** Decimal digits, of any number that a contract can hold. */
export function digitsOf(value: unknown): string | null {
  return typeof value === 'string' && /^\d{1,78}$/.test(value) ? value : null;
}

export function hexOf(value: unknown, digits: number): string | null {
  const isIt = typeof value === 'string' && new RegExp(`^0x[0-9a-fA-F]{${digits}}$`).test(value);
  return isIt ? value.toLowerCase() : null;
}
