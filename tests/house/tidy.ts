// The rules of the house that a machine can see at a glance, as pure functions over one file.
// tidy.test.ts runs them over the tree, and tests them on bad examples first.

export interface SourceFile {
  path: string;
  text: string;
}

const LINES_MAX = 300;
const SHADER_LINES_MAX = 150;

function linesOf(text: string): number {
  return text.split('\n').length - 1;
}

/** @returns one sentence per broken rule */
export function untidy({ path, text }: SourceFile): string[] {
  const faults: string[] = [];
  const say = (fault: string) => faults.push(`${path}: ${fault}`);
  const name = path.split('/').at(-1) ?? '';
  const isCode = /\.(ts|wgsl|css|html|sql|sol)$/.test(path);

  if (/^(src|tests|assembly)\//.test(path) && path.endsWith('.ts')) {
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.ts$/.test(name)) say('the name is not kebab-case');
    if (!text.startsWith('// ')) say('it does not open with a comment that places it');
  }
  if (path.startsWith('src/') && path.split('/').length !== 3 && !path.includes('/migrations/')) {
    say('src has two levels, no deeper');
  }
  if (path.endsWith('.wgsl') && linesOf(text) > SHADER_LINES_MAX) {
    say(`a shader of ${linesOf(text)} lines (at most ${SHADER_LINES_MAX})`);
  }
  if (path.endsWith('.wgsl') && !path.endsWith('_float.wgsl') && /\bf(16|32)\b/.test(text)) {
    say('a float in an exact shader (one with its proof is named _float)');
  }
  if (isCode && linesOf(text) > LINES_MAX) {
    say(`${linesOf(text)} lines (at most ${LINES_MAX}): find where it wants a wall`);
  }
  const unfinished = new RegExp(['TO', 'DO|FIX', 'ME|XX', 'X'].join(''));
  if (isCode && unfinished.test(text)) say('a mark of unfinished work');
  const registries = new RegExp(['registry\\.npm', 'js|deb\\.deb', 'ian'].join(''));
  if (registries.test(text)) say("a registry's host");
  const machine = new RegExp(['(^|[\\s\'"`(=])/(wo', 'rk|ro', 'ot)/'].join(''), 'm');
  if (machine.test(text)) say('a path of one machine');
  return faults;
}
