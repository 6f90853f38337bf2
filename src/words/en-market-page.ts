// English, what stands in market.html; the line that leads there from index.html is among it.
export const englishMarketPage = {
  'market.link': 'Market: rate, capacity, work, payouts',
  'market.page.description': 'What work is worth here now, who is there, and what waits.',
  'market.page.skip': 'To the rate',
  'market.page.back': 'To the contributor’s page',
  'market.page.noscript': 'This page needs JavaScript to show its figures; they are also here:',
  'market.page.title': 'What an idle machine is worth here',
  'market.page.lede':
    'Every figure was seen by the coordinator itself: verdicts, clocks and its chain. None is a promise.',
  'market.page.rate': 'The rate now',
  'market.page.unit': 'credits for a billion multiply-adds',
  'market.page.history': 'The rate, hour by hour',
  'market.page.earned': 'What a machine earned an hour',
  'market.page.capacity': 'Who is there now',
  'market.page.waiting': 'Work that waits',
  'market.page.models': 'Models',
  'market.page.epochs': 'Epochs and payouts',
  'market.page.epochs.words':
    'What contributors have earned is posted to a contract in epochs. After a time in which it can be disputed an epoch is final, and anyone may claim for anyone.',
  'market.page.raw': 'The same for programs:',
} as const;
