// The operator's page, section by section: an answer of /v1/admin as sums and sheets.
import type {
  BatchRow,
  ContributorRow,
  HealthCheck,
  KeyRow,
  Overview,
  ProjectRow,
} from './admin-api.ts';
import { describeVerdicts, drawProgress, drawVerdicts } from './admin-chart.ts';
import { type Cell, showSheet, showSums } from './admin-sheet.ts';
import { create, find } from './elements.ts';
import {
  formatBytes,
  formatCount,
  formatCredit,
  formatDuration,
  formatLarge,
  shorten,
} from './format.ts';

export interface Acts {
  cancel(batch: BatchRow): void;
  unban(contributor: ContributorRow): void;
  edit(project: ProjectRow): void;
  addKey(project: ProjectRow): void;
  revoke(key: KeyRow): void;
}

const cancellable = ['validating', 'in_progress'];
const statusTones: Record<string, NonNullable<Cell['tone']>> = {
  completed: 'good',
  validating: 'waiting',
  in_progress: 'waiting',
  finalizing: 'waiting',
  cancelling: 'waiting',
  failed: 'bad',
};

const number = (value: number): Cell => ({ text: formatCount(value), kind: 'number' });
const name = (id: string, text = id): Cell => ({ text, kind: 'name', title: id });
const plain = (text: string): Cell => ({ text });
const when = (at: number, now: number): Cell => ({ text: `${formatDuration(now - at)} ago` });

export function showHealth(checks: readonly HealthCheck[]): void {
  find('checks').replaceChildren(
    ...checks.map(({ name, ok, words }) => {
      const item = create('li', ok ? 'ok' : 'failing');
      item.append(create('b', '', name), ` ${ok ? '' : 'fails: '}${words}`);
      return item;
    }),
  );
}

export function showOverview(overview: Overview, acts: Acts): void {
  showQueue(overview, acts);
  drawVerdicts(find('chart'), overview.verdicts);
  find('chart-words').replaceChildren(...describeVerdicts(overview.verdicts));
  showContributors(overview, acts);
  showBooks(overview);
  showModels(overview);
  showActs(overview);
}

function showQueue({ queue, batches, now }: Overview, acts: Acts): void {
  const { units, leasesOpen, rowsWaiting, auditsFresh } = queue;
  showSums(find('queue'), [
    ['Open units', formatCount(units.open)],
    ['Held units', formatCount(units.held)],
    ['Done units', formatCount(units.done)],
    ['Leases out', formatCount(leasesOpen)],
    ['Rows to audit', formatCount(units.rowsOpen)],
    ['Rows not asked yet', formatCount(rowsWaiting)],
    ['Audits not leased', formatCount(auditsFresh)],
  ]);
  showSheet(find('batches'), {
    columns: ['Batch', 'Project', 'Status', 'Units done', 'Held', 'Checked', 'Made', ''],
    rows: batches.map((batch) => {
      const { id, project, status, verification, units_done: done, units_total: total } = batch;
      const tone = statusTones[status];
      return [
        name(id, `${id.slice(0, 12)}…`),
        { text: project, kind: 'words' },
        { text: status.replace('_', ' '), ...(tone && { tone }) },
        {
          text: `${formatCount(done)} of ${formatCount(total)}`,
          kind: 'name',
          picture: () => drawProgress(batch),
        },
        number(batch.units_held),
        plain(verification),
        when(batch.created_at, now),
        cancellable.includes(status)
          ? {
              text: '',
              act: { name: 'Cancel', key: `cancel ${id}`, run: () => acts.cancel(batch) },
            }
          : plain(''),
      ];
    }),
    empty: 'No batch yet. Requesters make them at /v1/batches with a key of a project below.',
  });
}

function showContributors({ contributors, convictions, now }: Overview, acts: Acts): void {
  const { live, banned, listed } = contributors;
  const speed = listed.reduce((sum, one) => sum + (one.live ? (one.speed ?? 0) : 0), 0);
  showSums(find('crowd'), [
    ['Live', formatCount(live)],
    ['Banned', formatCount(banned)],
    ['Speed, as they say', speed > 0 ? `${formatLarge(speed)}/s` : '–'],
  ]);
  showSheet(find('contributors'), {
    columns: [
      'Account',
      'State',
      'Computes by',
      'Multiply-adds',
      'Run',
      'Confirmed',
      'Accepted',
      'Refused',
      'Credit',
      'Convictions',
      '',
    ],
    rows: listed.map((one) => contributorRow(one, now, acts)),
    empty: 'Nobody has computed here yet.',
  });
  showSheet(find('convictions'), {
    columns: ['Account', 'Outcome', 'Unit', 'Row', 'When'],
    rows: convictions.map(({ account, outcome, unit, place, created_at: at }) => [
      name(account, shorten(account)),
      { text: outcome, tone: outcome === 'banned' ? 'bad' : 'waiting' },
      { text: String(unit), kind: 'number' },
      { text: place === null ? 'all' : String(place + 1), kind: 'number' },
      when(at, now),
    ]),
    empty: 'No result was proved wrong.',
  });
}

function contributorRow(one: ContributorRow, now: number, acts: Acts): Cell[] {
  const { id, live, seenAt, suspended_at: bannedAt } = one;
  const rest = seenAt === null ? 'away' : `seen ${formatDuration(now - seenAt)} ago`;
  const state: Cell =
    bannedAt !== null
      ? { text: 'banned', tone: 'bad' }
      : live
        ? { text: 'live', tone: 'good' }
        : { text: rest };
  return [
    name(id, shorten(id)),
    state,
    { text: one.backend || '–', ...(one.adapter && { title: one.adapter }) },
    { text: one.speed === null ? '–' : `${formatLarge(one.speed)}/s`, kind: 'number' },
    number(one.run),
    number(one.confirmed),
    number(one.accepted),
    number(one.rejected),
    { text: formatCredit(Number(one.credit)), kind: 'number', title: one.credit },
    { ...number(one.convictions), ...(one.convictions > 0 && { tone: 'bad' as const }) },
    bannedAt === null
      ? plain('')
      : { text: '', act: { name: 'Lift the ban', key: `unban ${id}`, run: () => acts.unban(one) } },
  ];
}

function showBooks({ ledger, log }: Overview): void {
  showSums(find('books'), [
    ['Credit earned', formatCredit(Number(ledger.credit))],
    ['Results accepted', formatCount(ledger.accepted)],
    ['Results refused', formatCount(ledger.rejected)],
    ['Without a verdict', formatCount(ledger.pending)],
    ['Accounts', formatCount(ledger.accounts)],
    ['Receipts in the log', formatCount(log.size)],
    ['Waiting for it', formatCount(log.waiting)],
    ['Signed there', formatCount(log.signedSize)],
    ['Cosigned there', formatCount(log.cosignedSize)],
  ]);
}

function showModels({ models }: Overview): void {
  showSheet(find('models'), {
    columns: ['Model', 'Manifest', 'Licence', 'Shards', 'Size'],
    rows: models.map(({ id, name: called, licence, shards, bytes }) => [
      plain(called),
      name(id, shorten(id)),
      plain(licence),
      number(shards),
      { text: formatBytes(bytes), kind: 'number' },
    ]),
    empty: 'No model is served. Make one with idlewild model import.',
  });
}

function showActs({ acts, now }: Overview): void {
  showSheet(find('acts'), {
    columns: ['Act', 'On', 'Reason', 'When'],
    rows: acts.map(({ act, subject, reason, created_at: at }) => [
      plain(act),
      name(subject, subject.startsWith('0x') ? shorten(subject) : `${subject.slice(0, 12)}…`),
      { text: reason || '–', kind: 'words' },
      when(at, now),
    ]),
    empty:
      'Nothing yet. Changed projects, revoked keys, cancelled batches and lifted bans are kept here.',
  });
}

/** Keys that are revoked stay in sight: their batches do too. */
export function showProjects(
  projects: readonly ProjectRow[],
  keys: readonly KeyRow[],
  { now, acts }: { now: number; acts: Acts },
): void {
  const nameOf = new Map(projects.map(({ id, name: called }) => [id, called]));
  showSheet(find('projects'), {
    columns: ['Project', 'Name', 'Texts', 'Checked', 'State', 'Keys', 'Batches', '', ''],
    rows: projects.map((project) => {
      const { id, name: called, content_class, verification, open, keys: count, batches } = project;
      const edit = { name: 'Edit', key: `edit ${id}`, run: () => acts.edit(project) };
      const add = { name: 'Add key', key: `add ${id}`, run: () => acts.addKey(project) };
      return [
        name(id),
        { text: called, kind: 'words' },
        plain(content_class),
        plain(verification),
        open ? { text: 'open', tone: 'good' } : plain('closed'),
        number(count),
        number(batches),
        { text: '', act: edit },
        { text: '', act: add },
      ];
    }),
    empty: 'No project yet.',
  });
  showSheet(find('keys'), {
    columns: ['Key', 'Project', 'For', 'Ends in', 'Made', 'State', ''],
    rows: keys.map((key) => {
      const { id, project_id: project, name: called, last_four: end, revoked_at: revoked } = key;
      return [
        name(id, `${id.slice(0, 12)}…`),
        plain(nameOf.get(project) ?? project),
        plain(called || '–'),
        name(end === null ? 'from an earlier release' : end, end ?? '?'),
        when(key.created_at, now),
        revoked === null ? { text: 'works', tone: 'good' } : { text: 'revoked', tone: 'bad' },
        revoked === null
          ? { text: '', act: { name: 'Revoke', key: `revoke ${id}`, run: () => acts.revoke(key) } }
          : plain(''),
      ];
    }),
    empty: 'No key yet.',
  });
}
