// Who vouched for a lie is found when the lie is: rows that an auditor confirmed, of a unit that was
// opened again, are compared with what the unit is the next time.

/** A row that an auditor confirmed before its unit was opened again. */
export interface VouchedRow {
  row: number;
  /** The digest that it confirmed. */
  expected: string;
}

/** @returns those that the new digests contradict: the coordinator must say who was wrong */
export function contradicted<Row extends VouchedRow>(
  vouched: readonly Row[],
  digestOf: (row: number) => string,
): Row[] {
  return vouched.filter(({ row, expected }) => digestOf(row) !== expected);
}
