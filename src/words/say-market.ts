// The English of the market page, learned by its views.
import { englishMarket } from './en-market.ts';
import { learn } from './say.ts';

learn(englishMarket);
