// Text that every store and every answer can hold: PostgreSQL's takes no NUL, its JSON no half of a
// surrogate pair.
export function isPlainText(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}
