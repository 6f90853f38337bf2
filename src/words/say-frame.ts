// The frame's English sentences, learned by the frame alone: the page does not carry them.
import { englishFrame } from './en-frame.ts';
import { learn } from './say.ts';

learn(englishFrame);
