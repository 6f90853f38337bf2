// `idlewild account show ADDRESS`: what the coordinator knows of one contributor, for its operator.
import type { Command } from 'commander';
import type { ShownAccount } from '#store/show-account.ts';
import { type AdminFlags, addAdminFlags, formatTime, openAdmin, print } from './admin-client.ts';

export function addAccount(program: Command): void {
  const account = program.command('account').description('look at contributors');
  const show = account
    .command('show')
    .description('credit by state, the wallet that it counts for, consent, and bans')
    .argument('<address>', 'the account, such as 0x1234…');
  addAdminFlags(show).action(async (address: string, flags: AdminFlags) => {
    const admin = await openAdmin(flags);
    const path = `/v1/admin/contributors/${encodeURIComponent(address)}`;
    const shown = await admin.get<ShownAccount>(path);
    print(flags.json, shown, describe(shown));
  });
}

function describe({ totals, consent, ...account }: ShownAccount): string {
  const { accepted, pending, rejected, credit, creditPending, creditHeld } = totals;
  const lines = [
    ['account', account.id],
    ['counts for', account.bound_to ?? 'itself'],
    ['bound to it', account.devices.join(' ') || 'none'],
    ['units', `${accepted} accepted, ${pending} pending, ${rejected} rejected`],
    ['credit', `${credit} earned, ${creditHeld} held, ${creditPending} pending`],
    ['convictions', String(account.convictions)],
    ['banned', formatTime(account.suspended_at) || 'no'],
    ['first seen', formatTime(account.created_at)],
    ['sessions', String(account.sessions)],
    ['consent', describeConsent(consent)],
    ['erasing', account.erasing ? 'yes, until its batches are over' : 'no'],
  ];
  return lines.map(([name, value]) => `${name.padEnd(12)} ${value}`).join('\n');
}

function describeConsent(consent: ShownAccount['consent']): string {
  if (!consent) return 'never given';
  const given = `version ${consent.version}, given ${formatTime(consent.given_at)}`;
  if (consent.withdrawn_at === null) return given;
  return `${given}, withdrawn ${formatTime(consent.withdrawn_at)}`;
}
