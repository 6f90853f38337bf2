// Arabic, first and third band: projects and consent; verdicts, sums and what is stored.
import type { englishRecord } from './en-record.ts';
import type { Translated } from './words.ts';

export const arabicRecord: Translated<typeof englishRecord> = {
  'project.any': 'دع المنسِّق يختار',
  'project.any.words': 'أيًّا كان الأشدّ طلبًا الآن.',
  'project.none':
    'لا مشروع مفتوح الآن، فلا عمل يُوزَّع. يمكنك أن تبدأ مع ذلك، وتنتظر علامة التبويب هذه إلى أن ' +
    'يُفتح مشروع.',
  'project.closed': 'المشروع الذي اخترته لم يعد مفتوحًا، فالمنسِّق هو الذي يختار.',
  'project.more': 'اعرض الكل: {projects}',
  'count.projects': {
    zero: 'لا مشاريع',
    one: 'مشروع واحد',
    two: 'مشروعان',
    few: '{n} مشاريع',
    many: '{n} مشروعًا',
    other: '{n} مشروع',
  },
  'class.public': 'نصوص منشورة.',
  'class.personal': 'نصوص كتبها أصحابها لقلّة من القراء.',
  'class.sensitive': 'نصوص قد تزعج.',
  'checked.sampled': 'يُتحقَّق منه بالعيّنات.',
  'checked.full': 'يحسب كلَّ وحدة غريبان لا يعرف أحدهما الآخر.',
  'checked.trusted': 'يعيد المنسِّق، أو حسابات يثق بها، حساب كل وحدة.',
  'model.size': '{bytes}، يُنزَّل مرة واحدة',
  'model.id': 'المعرّف {id}',

  'consent.version': 'الإصدار {version} من هذا النص.',
  'consent.renew': 'تُسأل من جديد بعد {days}.',
  'consent.ran-out': 'انتهت موافقتك في {date}، ولذلك تُسأل من جديد.',
  'consent.over': 'انتهت موافقتك، ولذلك تُسأل من جديد.',
  'consent.changed': 'تغيّر هذا النص منذ أن وافقت عليه، ولذلك تُسأل من جديد.',
  'consent.withdrawn':
    'سُحبت الموافقة في هذا المتصفح: نُسيت إعداداتك هنا، ولا شيء يعمل حتى توافق من جديد.',
  'consent.withdrawn-everywhere':
    'سُحبت الموافقة: لا يعطي المنسِّق هذا الحساب عملًا آخر حتى توافق من جديد، ونُسيت إعداداتك هنا.',
  'consent.in-force': 'وافقتَ على هذا في {from}. وتسري موافقتك حتى {until}.',
  'consent.failed':
    'سُحبت في هذا المتصفح، لكن تعذّر إخبار المنسِّق: {message} ما اكتمل ولم يُرسَل محفوظ إلى أن يمكن إخباره.',
  'consent.withdraw': 'اسحب الموافقة',
  'consent.tell': 'أخبر المنسِّق من جديد',

  'signer.device': 'مفتاح في هذا المتصفح، بلا محفظة',
  'signer.last': 'في زيارتك الأخيرة: {wallet}.',
  'signer.absent':
    'في زيارتك الأخيرة احتُسب الرصيد لـ {wallet}، وهي ليست هنا الآن. افتحها، أو تابع من دونها.',
  'signer.note': 'تطلب منك المحفظة توقيعًا واحدًا، لا ينقل أموالًا.',

  'record.older': 'اعرض الكل ({n})',
  'record.newest': 'اعرض الأحدث فقط ({n})',
  'record.rows': '{rows} من الوحدة {unit}',
  'record.credit': 'رصيد {credit}',
  'record.unit': 'الوحدة',
  'record.receipt': 'الإيصال',
  'record.lease': 'الحجز',
  'verify.go': 'تحقَّق من هذا الإيصال',
  'record.code': 'الرمز',

  'stored.unknown': 'لم يُنظَر فيه قبل أن تضغط «ابدأ».',
  'stored.files': 'ملفات النموذج: {bytes}.',
  'stored.none': 'لا ملفات للنموذج.',
  'stored.today': 'نُزّل اليوم: {bytes}.',
  'stored.cleared': 'مُسحت. تُنزَّل من جديد عند الحاجة إليها.',
  'stored.kept': 'لم تُمسح: {message}',

  'verdict.waiting': 'تنتظر',
  'verdict.accepted': 'مقبولة:',
  'verdict.confirmed': 'مؤكَّدة:',
  'verdict.refused': 'مرفوضة:',
  'verdict.awaiting-partner': 'نتيجةً ثانية لهذه الوحدة من حساب آخر أو من المنسِّق نفسه.',
  'verdict.same-bytes': 'حصل حساب آخر، أو المنسِّق نفسه، على البايتات نفسها.',
  'verdict.agreed': 'حصل جهاز آخر على الأرقام نفسها تقريبًا، بالقرب الذي يطلبه النموذج.',
  'verdict.differs': 'حصل آخرون على نتائج متقاربة، وهذه النتيجة بعيدة عنها.',
  'verdict.held': 'إلى أن يعيد جهاز آخر حساب صفّ من هذه الوحدة.',
  'verdict.disputed': 'حُكم المنسِّق: أعطت نتيجة أخرى لهذه الوحدة بايتات مختلفة.',
  'verdict.audited': 'حصل جهاز آخر، أو المنسِّق نفسه، على البايتات نفسها لصفّ من هذه الوحدة.',
  'verdict.voided': 'أخطأت وحدة أخرى لهذا الحساب، فلا تُحتسب هذه التي لم تتأكد بعد.',
  'verdict.input-lost': 'فقد المنسِّق مُدخَل هذه الوحدة، فلا يستطيع أحد التحقق منها.',
  'verdict.digest-mismatch': 'أُعيد حساب هذه الوحدة فأعطت بايتات مختلفة.',
  'verdict.superseded': 'حُسم أمر الوحدة قبل وصول هذه النتيجة، وعلى نتيجة أخرى.',
  'verdict.expired': 'وصلت بعد انتهاء وقتها، ولا تحتاج الوحدة إلى نتيجة أخرى.',
  'verdict.withdrawn': 'سُحبت الوحدة قبل وصول هذه النتيجة.',
  'verdict.unread': 'النتيجة غير متماسكة، فلم تُقارَن.',
  'verdict.unknown': 'لسبب ليس لدى هذه الصفحة كلمات له: {code}.',
};
