// A kernel's text as it is shipped: without what only its readers need, which is 4.5 of 11.5 kB gz
// over all of them.

/**
 * Comments, indentation, empty lines and the blanks around signs go; WGSL has no strings in which
 * they could mean more. A line stays a line, so that a driver's complaint names a short one.
 */
export function stripShader(text: string): string {
  if (text.includes('/*')) throw new Error('Comments of a shader are written with //.');
  const lines = text.split('\n').map((line) => squeeze(line.replace(/\/\/.*/, '').trim()));
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

/** Not where two signs would become one: a blank between signs stays. */
function squeeze(line: string): string {
  return line.replace(/(?<=\w) (?=[^\w\s])|(?<=[^\w\s]) (?=\w)/g, '');
}
