// English, what stands in index.html: the build puts it there (build-plugin.ts), by the keys in
// the elements' data-words. A script needs it only to come back from another language.
export const englishPage = {
  'page.description': 'Lend an idle machine to work that can be checked.',
  'page.skip': 'To the machine',
  'page.language': 'Language',
  'page.noscript': 'This page needs JavaScript to compute. Without it, nothing happens here.',

  'promise.title': 'Lend your idle machine to work that can be checked',
  'promise.words':
    'Short texts are turned into vectors, lists of numbers that stand close together when the ' +
    'texts mean much the same. With them a large collection can be searched by meaning.',
  'promise.whom': 'For whom',
  'promise.operator': 'The operator of this page',
  'promise.model': 'With what',
  'promise.small-model': 'A small language model, fetched once after you press Start',
  'promise.checked': 'How it is checked',
  'promise.checked.words':
    'The arithmetic is in whole numbers, so honest machines give the same bytes. A new account’s ' +
    'results are always compared with another machine’s, later ones by samples, and a difference ' +
    'is settled by computing again.',
  'promise.get': 'What you get',
  'promise.get.words': 'Credit for each unit that is accepted, with a signed receipt.',
  'promise.laboratory': 'Laboratory.',
  'promise.laboratory.words':
    'On this coordinator, machines at one network address may confirm each other. That suits a ' +
    'demo or a test; its verdicts prove less than usual.',
  'promise.choose': 'Whom you help',

  'machine.title': 'The machine',
  'machine.signers': 'Credit goes to',
  'machine.stop': 'Stop',

  'consent.title': 'What you agree to',
  'consent.link': 'By pressing Start you agree to a short text.',
  'consent.start': 'By pressing Start you agree to this:',
  'consent.uses':
    'This tab uses your graphics card or processor, electricity and network until you press Stop ' +
    'or close it, also while the tab is hidden, within the limits that you set.',
  'consent.stores':
    'This browser stores the model’s files, a signing key, your settings and results not yet sent.',
  'consent.publishes':
    'Results and credit are published under a pseudonym, not your name, and stay public. The ' +
    'coordinator sees your network address, as any site does.',
  'consent.ends': 'You can stop, clear the files, or withdraw this at any time.',

  'level.title': 'How hard it works',
  'level.gentle': 'Gentle',
  'level.steady': 'Steady',
  'level.full': 'Full',
  'level.fine': 'Exact level',
  'level.note':
    'The rest of the time it sleeps. Lower it if the fan speaks up or the battery matters.',

  'when.title': 'When, and how much',
  'when.only': 'Only',
  'when.only.visible': 'while this tab is visible',
  'when.only.mains': 'on mains power',
  'when.only.idle': 'while I leave the machine alone',
  'when.only.pressure': 'while the machine is not under pressure',
  'when.hours': 'Hours',
  'when.hours.only': 'only at these hours',
  'when.days': 'Days',
  'when.from': 'From',
  'when.to': 'To',
  'when.limits': 'Limits',
  'when.workers': 'Processor cores at once',
  'when.disk': 'Model files on disk',
  'when.daily': 'Download a day',

  'strip.key.ring': 'waits for its check',
  'strip.key.cross': 'refused',
  'gauge.download': 'Model files',
  'gauge.device': 'Device',
  'gauge.device.tip':
    'WebGPU computes on the graphics card, WebAssembly on the processor. Both give the same ' +
    'bytes, or take no work.',
  'gauge.speed': 'Speed',
  'gauge.speed.tip':
    'A row is one text of a unit. A multiply-add is one multiplication and one addition: what the ' +
    'work is measured in.',
  'gauge.done': 'Done since Start',
  'gauge.done.tip': 'A unit is a fixed piece of a batch, up to 32 texts, named after its contents.',
  'gauge.account': 'Account',
  'gauge.account.tip': 'The pseudonym that results and credit are published under.',

  'record.title': 'The record',
  'record.accepted': 'Accepted',
  'record.accepted.tip':
    'Units whose result was confirmed by the same bytes from elsewhere, or taken on this ' +
    'account’s record of confirmed results. Each line below says which.',
  'record.pending': 'Waiting',
  'record.pending.tip':
    'Units that are finished and have no verdict yet. Their credit comes with it.',
  'record.rejected': 'Refused',
  'record.rejected.tip': 'Units whose result was not accepted. The list below says why.',
  'credit.title': 'Credit',
  'credit.earned': 'Earned',
  'credit.earned.tip':
    'One credit is a million multiply-adds of accepted units at the rate of 1,000, where it begins. ' +
    'The market page has the rate now.',
  'credit.earned.why': 'For units that were accepted. Each has a receipt.',
  'credit.held': 'Held',
  'credit.held.why':
    'For units that agreed with another machine. It is earned once your next ones are confirmed.',
  'credit.pending': 'Pending',
  'credit.pending.why': 'For units that wait for another machine’s, or the coordinator’s, word.',
  'credit.claimable': 'Claimable',
  'credit.paid': 'Paid',
  'claimable.unasked': 'Not asked yet: press “Ask the coordinator” below.',
  'record.verdicts': 'What became of your units',
  'record.empty':
    'Nothing yet. Each unit you finish gets a line here: waiting, accepted or refused, and why.',
  'hour.title': 'Sentences a second, the last hour',
  'days.title': 'Day by day',
  'days.intro':
    'The coordinator keeps your account’s sums by day, and what of its credit is claimable.',
  'days.ask': 'Ask the coordinator',
  'wallet.title': 'The account',
  'wallet.words':
    'Credit goes to a key: your wallet’s, or one that this browser makes when you press Start. No ' +
    'name and no password belong to it.',
  'wallet.open': 'With a wallet, and without one',
  'wallet.without':
    'Without a wallet everything works as well. But the key is then in this browser alone: ' +
    'whoever clears its site data deletes it, and Safari does so itself after 7 days without a ' +
    'visit. With the key goes the way to its credit, unless you bind it to a wallet.',
  'wallet.with':
    'A wallet is asked for one signature in 24 hours, of a sentence that you can read: this tab ' +
    'may compute for Idlewild and earn credit for the account. It costs nothing and moves no funds.',
  'claims.title': 'Payouts',
  'claims.words':
    'Where requesters deposit money, a contract pays credit out in epochs, and anyone may claim for anyone.',
  'claims.open': 'What is final, what is paid, and claims',
  'stored.title': 'Stored in this browser',
  'stored.clear': 'Clear model files',
  'stored.delete': 'Delete my data…',

  'glossary.title': 'Words used here',
  'glossary.unit': 'Unit',
  'glossary.unit.words': 'a fixed piece of a batch, up to 32 texts, named after its contents',
  'glossary.row': 'Row',
  'glossary.row.words': 'one text of a unit, and its result',
  'glossary.layer': 'Layer',
  'glossary.layer.words': 'one of the steps that every row passes through in the model',
  'glossary.verdict': 'Verdict',
  'glossary.verdict.words': 'what the coordinator decided on a unit’s result, and why',
  'glossary.receipt': 'Receipt',
  'glossary.receipt.words': 'the coordinator’s signed statement of a verdict',
} as const;
