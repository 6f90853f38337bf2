// Everything that is made from source: the WASM kernels, then the page that carries them.
import type { Command } from 'commander';
import { buildKernels } from './build-kernels.ts';
import { buildPage } from './build-page.ts';

/** Both steps skip themselves while their sources are unchanged. */
export async function build(): Promise<void> {
  await buildKernels();
  await buildPage();
}

export function addBuild(program: Command): void {
  program
    .command('build')
    .description('build the WASM kernels and the page; nothing is done twice')
    .action(build);
}
