// Arabic, the two charts.
import type { englishCharts } from './en-charts.ts';
import type { Translated } from './words.ts';

export const arabicCharts: Translated<typeof englishCharts> = {
  'hour.words':
    'في آخر {minutes}: المتوسط {mean} جملة في الثانية، وأكثرها في دقيقة {most}، وفي آخر دقيقة ' +
    'كاملة {now}.',
  'hour.begins': 'الدقيقة الأولى قيد العدّ.',
  'hour.from': 'قبل ساعة',
  'hour.to': 'الآن',

  'days.asking': 'يسأل المنسِّق.',
  'days.as-of': 'كما كان لدى المنسِّق في {time}.',
  'days.empty': 'لا أحكام في آخر {days}.',
  'days.words': 'في آخر {days}: المقبول {accepted}، والمرفوض {rejected}؛ وأكثرها في {day}: {most}.',
  'days.failed': 'لا جواب: {message}',
  'days.before-start': 'لا جلسة لهذا المتصفح مع المنسِّق. اضغط «ابدأ» أولًا.',
  'days.table': 'الشيء نفسه بالأرقام',
  'days.day': 'اليوم (بالتوقيت العالمي)',
  'days.accepted': 'المقبول',
  'days.rejected': 'المرفوض',
  'days.credit': 'الرصيد',
};
