// The English of a receipt's checks, learned by the view that shows them.
import { englishVerify } from './en-verify.ts';
import { learn } from './say.ts';

learn(englishVerify);
