// Arabic: what the worker says it is doing or waiting for, and why there is no work.
import type { englishSayings } from './en-sayings.ts';
import type { Translated } from './words.ts';

export const arabicSayings: Translated<typeof englishSayings> = {
  'saying.again': 'انتهت الجلسة السابقة، فتُفتح جلسة أخرى.',
  'saying.device-again': 'تعطّل الجهاز، ويُعاد تشغيله.',
  'saying.asking': 'يطلب عملًا من المنسِّق.',
  'saying.retry': 'تعذّر تنزيل ملفات النموذج. ستُعاد المحاولة قريبًا.',
  'saying.tab': 'علامة تبويب أخرى في هذا المتصفح تحسب بالفعل.',
  'saying.verdicts': 'حُسبت كل وحدات هذه الجولة، وبقيت أحكامها.',
  'saying.broken-work': 'ما وصل لا يطابق ما يذكره حجزه، فأُعيد.',
  'saying.daily-cap': 'يحتاج {model} إلى تنزيل {needed}، وقد استُهلك {used} من حدّ اليوم {cap}.',
  'saying.daily-full': 'استُهلك حدّ التنزيل لليوم كله: {cap}.',
  'saying.disk-cap': 'يحتاج {model} إلى {needed} على القرص، والمسموح له {cap}.',
  'saying.silent': 'لم يُجب العامل فأُنهي. تنتهي مدة الوحدات التي كانت بيده من تلقاء نفسها.',

  'reason.none': 'لا وحدة تنتظر مساهمًا الآن.',
  'reason.partner-only': 'ما ينتظر يجب أن يتحقق منه حساب آخر على شبكة أخرى.',
  'reason.enough': 'الوحدات التي بيد هذا الجهاز تكفيه مدةً بهذه السرعة.',
  'reason.not-wanted': 'لم تُطلَب وحدة أخرى.',
  'reason.project': 'ليس لدى المشروع الذي اخترته وحدة لهذا الجهاز الآن.',
  'reason.input-damaged': 'لا يستطيع المنسِّق قراءة مُدخَل الوحدة التالية.',
  'reason.busy': 'لدى المنسِّق الآن عمل أكثر مما يطيق.',
  'reason.offline': 'المنسِّق لا يجيب.',
  'reason.other': 'يقول المنسِّق: {message}',
};
