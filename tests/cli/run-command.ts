// A command of ours in the test's own process, as a person would type it: a process of its own takes
// seconds to start on a machine with other work.
import { Command } from 'commander';
import { vi } from 'vitest';

/** @returns what it wrote on stdout @throws what the command ends with */
export async function runCommand(
  add: (program: Command) => void,
  words: readonly string[],
): Promise<string> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  add(program);
  let text = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return text;
  } finally {
    stdout.mockRestore();
  }
}
