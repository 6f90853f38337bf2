// A kernel's text as it is shipped: without what only its readers need, which is 4 of 11.5 kB gz
// over all of them.

/** Comments, indentation and empty lines go; WGSL has no strings in which they could mean more. */
export function stripShader(text: string): string {
  if (text.includes('/*')) throw new Error('Comments of a shader are written with //.');
  const lines = text.split('\n').map((line) => line.replace(/\/\/.*/, '').trim());
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}
