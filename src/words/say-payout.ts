// The English of payouts and of a wallet's sessions, learned by the views that speak of them.
import { englishPayout } from './en-payout.ts';
import { learn } from './say.ts';

learn(englishPayout);
