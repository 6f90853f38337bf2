// The `idlewild` command: one file per subcommand, each adding itself here.
import { Command } from 'commander';
import { toIdlewildError } from '#protocol/errors.ts';
import { addAccount } from './account.ts';
import { addAudit } from './audit.ts';
import { addBackup } from './backup.ts';
import { addBatch } from './batch.ts';
import { addBuild } from './build.ts';
import { addClaim } from './claim.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addKey } from './key.ts';
import { addModelImport } from './model-import.ts';
import { addOcr } from './ocr.ts';
import { addOrder } from './order.ts';
import { addProject } from './project.ts';
import { addRestore } from './restore.ts';
import { addServe } from './serve.ts';
import { addStart } from './start.ts';
import { addTranscribe } from './transcribe.ts';
import { addWithdraw } from './withdraw.ts';
import { addWitness } from './witness.ts';
import { addWork } from './work.ts';

const program = new Command('idlewild')
  .description('Idle GPUs behind browser tabs, as a verified batch-inference service.')
  .version('0.1.0')
  .showHelpAfterError('(idlewild --help shows the commands and their options)');

addDemo(program);
addStart(program);
addServe(program);
addDoctor(program);
addBackup(program);
addRestore(program);
addProject(program);
addKey(program);
addBatch(program);
addAccount(program);
addClaim(program);
addOrder(program);
addWithdraw(program);
addWork(program);
addAudit(program);
addWitness(program);
addOcr(program);
addTranscribe(program);
addModelImport(program.command('model').description('make and inspect models'));
addBuild(program);

try {
  await program.parseAsync();
} catch (thrown) {
  const error = toIdlewildError(thrown);
  process.stderr.write(`idlewild: ${error.message} (${error.code})\n`);
  if (error.code.startsWith('internal/')) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}
