// The English of the two charts, learned by the views that draw them.
import { englishCharts } from './en-charts.ts';
import { learn } from './say.ts';

learn(englishCharts);
