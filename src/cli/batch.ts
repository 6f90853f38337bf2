// `idlewild batch cancel`: the operator ends any project's batch; its open leases are withdrawn.
import type { Command } from 'commander';
import { type AdminFlags, addAdminFlags, openAdmin, print } from './admin-client.ts';

export function addBatch(program: Command): void {
  const batch = program.command('batch').description("act on requesters' batches");
  addAdminFlags(
    batch
      .command('cancel')
      .description('cancel a batch, whosever it is; work already done on it is credited')
      .argument('<id>', 'of the batch')
      .option('--reason <text>', 'kept with the act', ''),
  ).action(async (id: string, { reason, ...flags }: AdminFlags & { reason: string }) => {
    const admin = await openAdmin(flags);
    const path = `/v1/admin/batches/${encodeURIComponent(id)}/cancel`;
    const cancelled = await admin.post<{ id: string; status: string }>(path, { reason });
    print(flags.json, cancelled, `Batch ${cancelled.id} is ${cancelled.status}.`);
  });
}
