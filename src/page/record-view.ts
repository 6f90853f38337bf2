// The third band: sums by state, credit by state, and a line for each of the newest verdicts with
// its reason and, where it has a receipt, the button that verifies it.

import { formatBytes, formatCredit, shorten } from '#words/format.ts';
import { count, onWords, say } from '#words/say.ts';
import type { ContributorStatus, VerdictLine } from '#worker/status.ts';
import { create, find, setLine, setText } from './elements.ts';
import { makeMark } from './mark.ts';
import { showCredit } from './show-credit.ts';
import { describeVerdict } from './verdict-words.ts';

/** So many of the newest verdicts stand open; the rest is one click away. */
const linesShown = 10;
export interface RecordView {
  show(status: ContributorStatus): void;
}

/** A verdict's line: it is made anew when its verdict changes; what was verified moves along. */
interface Line {
  verdict: VerdictLine;
  item: HTMLElement;
  details: HTMLDetailsElement;
  /** Holds the button, and gets the checks. */
  checks: HTMLElement | null;
}

type Verify = (lease: string, checks: HTMLElement) => void;

/** @param verify shows the checks of a lease's receipt in the element */
export function mountRecord(verify: Verify): RecordView {
  const list = find<HTMLOListElement>('verdicts');
  const older = find<HTMLButtonElement>('older');
  let all = false;
  const showOlder = () => {
    const items = [...list.children] as HTMLElement[];
    items.forEach((item, index) => {
      const isRead = item.querySelector('details')?.open;
      item.hidden = !all && index >= linesShown && !isRead;
    });
    older.hidden = items.length <= linesShown;
    older.setAttribute('aria-expanded', String(all));
    setText(
      older,
      all ? say('record.newest', { n: linesShown }) : say('record.older', { n: items.length }),
    );
  };
  older.addEventListener('click', () => {
    all = !all;
    showOlder();
  });
  const lines = new Map<string, Line>();

  const showVerdicts = (newest: VerdictLine[], renewed: boolean) => {
    find('verdicts-empty').hidden = newest.length > 0;
    // A line that is open is being read: it stays when newer ones push it out.
    const leases = new Set(newest.map(({ lease }) => lease));
    const read = [...lines.values()].filter(
      ({ verdict, details }) => newest.length > 0 && details.open && !leases.has(verdict.lease),
    );
    const verdicts = [...newest, ...read.map(({ verdict }) => verdict)];
    const kept = new Set(verdicts.map(({ lease }) => lease));
    for (const [lease, { item }] of lines) {
      if (kept.has(lease)) continue;
      item.remove();
      lines.delete(lease);
    }
    verdicts.forEach((verdict, index) => {
      const known = lines.get(verdict.lease);
      const same = known && !renewed && sameVerdict(known.verdict, verdict);
      const line = same ? known : makeLine(verdict, verify, known);
      const { item } = line;
      if (known && known.item !== item) known.item.replaceWith(item);
      // Lines stay where they are unless their place changed, so that focus and selection survive.
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
      lines.set(verdict.lease, line);
    });
    showOlder();
  };

  /** @param renewed in another language */
  const show = (status: ContributorStatus, renewed = false) => {
    const { phase, totals, verdicts } = status;
    for (const state of ['accepted', 'pending', 'rejected'] as const) {
      setText(find(state), count('count.units', totals[state]));
      find(state).classList.toggle('none', totals[state] === 0);
    }
    showCredit('credit', totals.credit);
    showCredit('credit-held', totals.creditHeld);
    showCredit('credit-pending', totals.creditPending);
    showStorage(status);
    const busy = ['connecting', 'testing', 'loading', 'working', 'stopping'].includes(phase);
    find<HTMLButtonElement>('clear').disabled = busy;
    find<HTMLButtonElement>('delete').disabled = phase === 'stopping';
    showVerdicts(verdicts, renewed);
  };

  let last: ContributorStatus | null = null;
  onWords(() => last && show(last, true));
  return {
    show(status) {
      last = status;
      show(status);
    },
  };
}

function showStorage({ phase, diskBytes, today }: ContributorStatus): void {
  const kept =
    diskBytes > 0 ? say('stored.files', { bytes: formatBytes(diskBytes) }) : say('stored.none');
  setText(find('cached'), phase === 'idle' ? say('stored.unknown') : kept);
  const { downloadedBytes } = today;
  const fetched = say('stored.today', { bytes: formatBytes(downloadedBytes) });
  setLine(find('fetched'), downloadedBytes > 0 ? fetched : '');
}

function sameVerdict(a: VerdictLine, b: VerdictLine): boolean {
  return (
    a.state === b.state &&
    a.code === b.code &&
    a.message === b.message &&
    a.credit === b.credit &&
    a.receipt === b.receipt &&
    a.rows === b.rows
  );
}

function makeLine(verdict: VerdictLine, verify: Verify, before: Line | undefined): Line {
  const { state, lease, receipt } = verdict;
  const item = create('li', state);
  const said = create('p', '');
  const [lead, rest] = describeVerdict(verdict);
  said.append(create('span', 'state-word', lead), ` ${rest}`);
  const details = makeDetails(verdict);
  details.open = before?.details.open ?? false;
  const checks = receipt ? makeChecks(verdict, before) : null;
  if (checks) {
    const button = checks.firstElementChild as HTMLButtonElement;
    setText(button, say('verify.go'));
    button.onclick = () => verify(lease, checks);
    details.append(checks);
  }
  item.append(makeMark(state), said, details);
  return { verdict, item, details, checks };
}

/** Those of the line before where they are of the same receipt. */
function makeChecks({ receipt }: VerdictLine, before: Line | undefined): HTMLElement {
  if (before?.checks && before.verdict.receipt === receipt) return before.checks;
  const checks = create('div', 'checks');
  const button = create('button', 'small') as HTMLButtonElement;
  button.type = 'button';
  checks.append(button);
  return checks;
}

/** Opens to the names in full, for whoever wants to compare them elsewhere. */
function makeDetails({ unit, lease, rows, code, credit, receipt }: VerdictLine) {
  const details = create('details', 'detail') as HTMLDetailsElement;
  const of = say('record.rows', { rows: count('count.rows', rows), unit: shorten(unit) });
  const earned = credit > 0 ? say('record.credit', { credit: formatCredit(credit) }) : '';
  details.append(create('summary', '', [of, earned].filter(Boolean).join(' · ')));
  const names = create('dl', 'names');
  const fields = [
    [say('record.unit'), unit],
    [say('record.receipt'), receipt],
    [say('record.lease'), lease],
    [say('record.code'), code],
  ] as const;
  for (const [term, name] of fields) {
    if (!name) continue;
    const described = create('dd', '');
    described.append(create('code', '', name));
    names.append(create('dt', '', term), described);
  }
  details.append(names);
  return details;
}
