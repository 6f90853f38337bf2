// Epochs: the contract that pays, and what it was told lately, with links to its chain.
import { formatDate } from '#words/format.ts';
import { formatToken } from '#words/format-token.ts';
import { say } from '#words/say.ts';
import { create, find } from './elements.ts';
import type { Epoch, EpochState, Settlement } from './epochs.ts';
import { makeChainLink } from './explorer.ts';
import { makeMark } from './mark.ts';

/** So many of the newest. */
const epochsShown = 12;

export function showEpochs(settlement: Settlement | null): void {
  const place = find('epochs');
  find('epochs-words').hidden = settlement === null;
  if (!settlement) {
    place.replaceChildren(create('p', 'soft', say('market.epochs.off')));
    return;
  }
  const { chainId, contract, epochs } = settlement;
  const address = create('p', 'fine', `${say('market.epochs.contract')} `);
  address.append(makeChainLink(chainId, 'address', contract));
  if (epochs.length === 0) {
    place.replaceChildren(create('p', 'soft', say('market.epochs.none')), address);
    return;
  }
  const list = create('ol', 'epochs');
  list.append(...epochs.slice(0, epochsShown).map((epoch) => tellEpoch(epoch, settlement)));
  place.replaceChildren(list, address);
}

const marks: Record<EpochState, 'accepted' | 'pending' | 'rejected'> = {
  closing: 'pending',
  built: 'pending',
  posting: 'pending',
  posted: 'pending',
  disputed: 'rejected',
  final: 'accepted',
  struck: 'rejected',
};

function tellEpoch(epoch: Epoch, { token, chainId }: Settlement): HTMLElement {
  const { number, state, creditsTotal, transaction, closedAt, finalAt } = epoch;
  const kind = marks[state];
  const item = create('li', kind);
  const said = create('p', '');
  said.append(
    create('span', 'state-word', `${say('market.epochs.number', { n: String(number) })}:`),
    ` ${say(`market.epoch.${state}`)}`,
  );
  item.append(makeMark(kind), said);
  const more: (Node | string)[] = [];
  if (creditsTotal !== null && token) {
    const amount = formatToken(creditsTotal, token);
    more.push(create('p', '', `${say('market.epochs.total', { amount })}.`));
  }
  const when =
    finalAt !== null && state === 'final'
      ? say('market.epochs.final', { date: formatDate(new Date(finalAt)) })
      : closedAt === null
        ? ''
        : say('market.epochs.closed', { date: formatDate(new Date(closedAt)) });
  const sent = create('p', 'fine', when);
  if (transaction) {
    sent.append(` ${say('market.epochs.sent')} `, makeChainLink(chainId, 'tx', transaction));
  }
  const rest = create('div', 'detail');
  rest.append(...more, sent);
  item.append(rest);
  return item;
}
