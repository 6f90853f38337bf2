// Arabic, whole: fetched only by those who read it.
import { arabicAccount } from './ar-account.ts';
import { arabicCharts } from './ar-charts.ts';
import { arabicErrors } from './ar-errors.ts';
import { arabicFrame } from './ar-frame.ts';
import { arabicMachine } from './ar-machine.ts';
import { arabicMarket, arabicMarketPage } from './ar-market.ts';
import { arabicPage } from './ar-page.ts';
import { arabicPayout } from './ar-payout.ts';
import { arabicRecord } from './ar-record.ts';
import { arabicSayings } from './ar-sayings.ts';
import { arabicVerify } from './ar-verify.ts';
import type { Language } from './words.ts';

export const arabic: Language = {
  tag: 'ar',
  direction: 'rtl',
  words: {
    ...arabicMachine,
    ...arabicRecord,
    ...arabicErrors,
    ...arabicSayings,
    ...arabicFrame,
    ...arabicVerify,
    ...arabicCharts,
    ...arabicAccount,
    ...arabicMarket,
    ...arabicPayout,
  },
  page: { ...arabicPage, ...arabicMarketPage },
};
