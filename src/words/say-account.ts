// The English of the account, learned by the views that speak of it.
import { englishAccount } from './en-account.ts';
import { learn } from './say.ts';

learn(englishAccount);
