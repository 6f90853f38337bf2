// `npm start`: the demo's set-up, kept: a coordinator with a page, on a data folder that stays.
import path from 'node:path';
import type { Command } from 'commander';
import { createProgress } from './progress.ts';
import { startSite } from './site.ts';

interface StartCommandOptions {
  data: string;
  port: string;
  laboratory: boolean;
}

export function addStart(program: Command): void {
  program
    .command('start')
    .description('set everything up and stay: coordinator, page, model; prints the address')
    .option('--data <folder>', 'where everything is kept', path.resolve('.idlewild'))
    .option('--port <n>', 'port to listen on; 0 picks a free one', '8787')
    .option('--no-laboratory', 'keep the rule that one address never checks itself')
    .action(async ({ data, port, laboratory }: StartCommandOptions) => {
      const site = await startSite({
        dataFolder: data,
        port: Number(port),
        laboratory,
        progress: createProgress(false),
      });
      const lines = [`Page       ${site.origin}`, `OpenAI API ${site.origin}/v1`];
      if (site.apiKey) lines.push(`API key    ${site.apiKey} (shown this once)`);
      process.stdout.write(`${lines.join('\n')}\n`);
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
      await site.close();
    });
}
