// The third band: sums by state, and a line for each of the newest verdicts with its reason.
import type { ContributorStatus, VerdictLine } from '#worker/status.ts';
import { create, find, setText } from './elements.ts';
import { formatBytes, formatCount, formatCredit, formatNoun, shorten } from './format.ts';
import { describeVerdict } from './verdict-words.ts';

/** So many of the newest verdicts stand open; the rest is one click away. */
const linesShown = 10;
const svg = 'http://www.w3.org/2000/svg';
const signs = {
  pending: 'M8 3.5a4.5 4.5 0 1 0 .01 0z',
  accepted: 'M2.5 8.5l4 4 7-9',
  rejected: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
} as const;

export interface RecordView {
  show(status: ContributorStatus): void;
}

export function mountRecord(): RecordView {
  const list = find<HTMLOListElement>('verdicts');
  const older = find<HTMLButtonElement>('older');
  let all = false;
  const showOlder = () => {
    const items = [...list.children] as HTMLElement[];
    items.forEach((item, index) => {
      item.hidden = !all && index >= linesShown;
    });
    older.hidden = items.length <= linesShown;
    older.setAttribute('aria-expanded', String(all));
    setText(older, all ? `Show the newest ${linesShown}` : `Show all ${items.length}`);
  };
  older.addEventListener('click', () => {
    all = !all;
    showOlder();
  });
  const lines = new Map<string, { verdict: VerdictLine; item: HTMLElement }>();

  const showVerdicts = (verdicts: VerdictLine[]) => {
    find('verdicts-empty').hidden = verdicts.length > 0;
    const kept = new Set(verdicts.map(({ lease }) => lease));
    for (const [lease, { item }] of lines) {
      if (kept.has(lease)) continue;
      item.remove();
      lines.delete(lease);
    }
    verdicts.forEach((verdict, index) => {
      const known = lines.get(verdict.lease);
      const item = known && sameVerdict(known.verdict, verdict) ? known.item : makeLine(verdict);
      if (known && known.item !== item) known.item.replaceWith(item);
      // Lines stay where they are unless their place changed, so that focus and selection survive.
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
      lines.set(verdict.lease, { verdict, item });
    });
    showOlder();
  };

  return {
    show({ phase, totals, cachedBytes, verdicts }) {
      for (const state of ['accepted', 'pending', 'rejected'] as const) {
        setText(find(state), formatNoun(totals[state], 'unit'));
        find(state).classList.toggle('none', totals[state] === 0);
      }
      setText(find('credit'), formatCredit(totals.credit));
      find('credit').title = formatCount(totals.credit);
      const kept =
        cachedBytes > 0 ? `${formatBytes(cachedBytes)} of model files.` : 'No model files.';
      setText(find('cached'), phase === 'idle' ? 'Not looked at before you press Start.' : kept);
      const busy = ['connecting', 'testing', 'loading', 'working', 'stopping'].includes(phase);
      find<HTMLButtonElement>('clear').disabled = busy;
      showVerdicts(verdicts);
    },
  };
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

function makeLine(verdict: VerdictLine): HTMLElement {
  const { state } = verdict;
  const item = create('li', state);
  const mark = document.createElementNS(svg, 'svg');
  mark.setAttribute('class', 'mark');
  mark.setAttribute('viewBox', '0 0 16 16');
  mark.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS(svg, 'path');
  shape.setAttribute('d', signs[state]);
  mark.append(shape);

  const said = create('p', '');
  const [lead, rest] = describeVerdict(verdict);
  said.append(create('span', 'state-word', lead), ` ${rest}`);
  item.append(mark, said, makeDetails(verdict));
  return item;
}

/** Opens to the names in full, for whoever wants to compare them elsewhere. */
function makeDetails({ unit, lease, rows, code, credit, receipt }: VerdictLine): HTMLElement {
  const earned = credit > 0 ? ` · ${formatCredit(credit)}\u00a0credit` : '';
  const details = create('details', 'detail');
  const summary = create('summary', '', `${formatNoun(rows, 'row')} of unit `);
  summary.append(create('code', '', shorten(unit)), earned);
  const names = create('dl', 'names');
  const fields = { Unit: unit, Receipt: receipt ?? '', Lease: lease, Code: code };
  for (const [term, name] of Object.entries(fields)) {
    if (!name) continue;
    const described = create('dd', '');
    described.append(create('code', '', name));
    names.append(create('dt', '', term), described);
  }
  details.append(summary, names);
  return details;
}
