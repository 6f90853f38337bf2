// Arabic, a receipt's checks.

import type { englishVerify } from './en-verify.ts';
import { long } from './long.ts';
import type { Translated } from './words.ts';

export const arabicVerify: Translated<typeof englishVerify> = {
  'verify.again': 'تحقَّق من جديد',
  'verify.running': 'قيد الفحص…',
  'verify.holds': 'صحيح',
  'verify.fails': 'غير صحيح',
  'verify.unchecked': 'لم يُفحص',
  'verify.progress': 'ما أُعيد حسابه من الوحدة',

  'verify.name.receipt': 'الإيصال نفسه',
  'verify.name.signature': 'توقيع المنسِّق',
  'verify.name.inclusion': 'موضعه في السجل العلني',
  'verify.name.result': 'التوقيع على النتيجة',
  'verify.name.wallet': 'تفويض الحساب',
  'verify.name.credit': 'الرصيد',
  'verify.name.recompute': 'إعادة حساب الوحدة',

  'check.receipt-running': 'يجلب الإيصال.',
  'check.signature-running': 'يفحص توقيع المنسِّق.',
  'check.inclusion-running': 'يبحث عن موضعه في السجل العلني.',
  'check.result-running': 'يفحص التوقيع على النتيجة التي فيه.',
  'check.wallet-running': 'يفحص مَن فوَّض مفتاح الجلسة.',
  'check.credit-running': 'يحسب الرصيد.',
  'check.recompute-running': 'يستعد لإعادة حساب الوحدة.',
  'check.recompute-loading': 'يقرأ النموذج {model}.',
  'check.recompute-computing': 'يعيد حساب {rows} بالنموذج {model}.',

  'check.receipt-holds': 'الإيصال هو المسمّى هنا، وهو لهذه النتيجة ولهذا الحساب.',
  'check.signature-holds': 'وقّعه المنسِّق بالمفتاح الذي يتذكّره هذا المتصفح.',
  'check.signature-holds-new-key':
    'وقّعه المنسِّق بمفتاح يراه هذا المتصفح لأول مرة، وسيتذكّره من الآن.',
  'check.inclusion-holds':
    'هو القيد {index} في السجل العلني، ورأسه الموقَّع يَعُدّ {size} ويُكمل الرأس الذي رُئي من قبل.',
  'check.inclusion-holds-sealed':
    'القيد {index} في السجل العلني التزام مختوم به، ورأس السجل الموقَّع يَعُدّ {size}. دفعته خاصة، ' +
    'فلا يقول القيد نفسه شيئًا.',
  'check.result-holds': 'وقّع مفتاح الجلسة هذه النتيجة، ورقمها {index} من {count} أُرسلت معًا.',
  'check.result-holds-alone': 'وقّع مفتاح الجلسة هذه النتيجة.',
  'check.wallet-holds': 'الحساب {account} فوَّض مفتاح الجلسة هذا.',
  'check.credit-holds': '{cost} من عمليات الضرب والجمع، معدودة من المُدخَل، تكسب رصيد {credit}.',
  'check.recompute-holds':
    'أُعيد الحساب هنا من مُدخَل الوحدة، بواسطة {backend}، فأعطت {rows} البايتات نفسها.',
  'check.recompute-holds-void':
    'هذا الإيصال يسترد رصيدًا، وهو محقّ: أُعيد الحساب هنا بواسطة {backend} فأعطت {rows} بايتات ' +
    'غير التي في النتيجة.',

  'check.receipt-withheld': 'سمّى المنسِّق هذا الإيصال ولا يُظهره.',
  'check.receipt-malformed': 'ما وصل ليس إيصالًا يمكن قراءته.',
  'check.receipt-other-id': 'ما وصل يحمل اسمًا غير اسم هذا الإيصال: {computed}.',
  'check.receipt-other-lease': 'الإيصال لحجز آخر: {stated}.',
  'check.receipt-other-account': 'الإيصال لحساب آخر: {stated}.',
  'check.receipt-contradiction': 'يختلف الإيصال عن النتيجة التي فيه في الحقل {field}.',
  'check.signature-not-signed': 'لم يوقّعه مفتاح المنسِّق.',
  'check.signature-other-key': 'يُظهر المنسِّق مفتاحًا غير الذي يتذكّره هذا المتصفح: {stated}.',
  'check.inclusion-not-included': 'لا يقود البرهان إلى القيد {index} من السجل.',
  'check.inclusion-log': 'السجل نفسه لا يُوثَق به: {message}',
  'check.result-not-signed': 'لم يوقّع مفتاح الجلسة هذه النتيجة.',
  'check.result-not-placed': 'النداء الموقَّع لا يذكر هذه النتيجة.',
  'check.wallet-not-signed': 'لم يوقّع الحساب {account} التفويض.',
  'check.wallet-other-account': 'التفويض لحساب آخر: {stated}.',
  'check.wallet-other-coordinator': 'التفويض لمنسِّق آخر: {stated}.',
  'check.credit-other-cost':
    'يذكر {stated} من عمليات الضرب والجمع، والمُدخَل يحتاج إلى {computed} بالعدّ هنا.',
  'check.credit-other-credit': 'يذكر رصيد {stated}، وكلفته تكسب {computed}.',
  'check.credit-other-than-told': 'يذكر رصيد {stated}، وقيل لهذه الصفحة {told}.',
  'check.recompute-other-input': 'أعطى المنسِّق مُدخَل وحدة أخرى.',
  'check.recompute-other-model': 'أعطى المنسِّق نموذجًا آخر.',
  'check.recompute-other-class':
    'تقول إنها تقريبية، لكن نموذجها {model} دقيق، فلا بد أن تكون لها بايتات.',
  'check.recompute-other-digest': 'أُعيد حساب الوحدة هنا مرتين فأعطت بايتات مختلفة.',

  'check.receipt-unknown': 'لم تُخبَر هذه الزيارة بإيصال له.',
  'check.signature-not-reached': 'لم يُنظَر في التوقيع، لأن فحصًا قبله لم يُجتَز.',
  'check.inclusion-not-reached': 'لم يُنظَر في السجل، لأن فحصًا قبله لم يُجتَز.',
  'check.result-not-reached': 'لم يُنظَر في النتيجة، لأن فحصًا قبله لم يُجتَز.',
  'check.wallet-contract':
    'الحساب {account} عقد، وسلسلته وحدها تعرف ما وقّعه. يقول المنسِّق إنه سألها عند الكتلة {block}؛ ' +
    'أما هذا المتصفح فلم يسأل.',
  'check.wallet-not-reached': 'لم يُنظَر في التفويض، لأن فحصًا قبله لم يُجتَز.',
  'check.credit-not-reached': 'لم يُنظَر في الرصيد، لأن فحصًا قبله لم يُجتَز.',
  'check.recompute-not-reached': 'لم يُعَد حساب الوحدة، لأن فحصًا قبله لم يُجتَز.',
  'check.signature-unsupported': 'لا يستطيع هذا المتصفح فحص توقيعات من هذا النوع.',
  'check.inclusion-waiting': 'لم يدخل السجل بعد. تحقَّق من جديد بعد دقيقة.',
  'check.inclusion-unlogged': 'هو أقدم من السجل، فلا موضع له فيه.',
  'check.inclusion-unsupported': 'لا يستطيع هذا المتصفح فحص توقيع السجل.',
  'check.inclusion-older':
    'يُظهر المنسِّق من سجلّه أقل مما أظهر من قبل. وقد تفعل ذلك نسخة قديمة في الطريق: تحقَّق من جديد ' +
    'لاحقًا.',
  'check.credit-no-input':
    'رصيده {credit} هو ما تكسبه {cost} من عمليات الضرب والجمع. وبلا المُدخَل فعددها قول المنسِّق ' +
    'وحده.',
  'check.credit-failed': 'تعذّر عدّ الكلفة هنا: {message}',
  'check.receipt-failed': 'تعذّر جلب الإيصال: {message}',
  'check.inclusion-failed': 'تعذّر فحص موضعه في السجل هنا: {message}',
  'check.result-failed': 'تعذّر فحص التوقيع على النتيجة هنا: {message}',
  'check.wallet-failed': 'تعذّر فحص التفويض هنا: {message}',
  'check.signature-failed': 'تعذّر فحص توقيع المنسِّق هنا: {message}',
  'check.inclusion-unseen': 'لا يُظهر المنسِّق مفاتيح سجلّه.',
  'check.recompute-input-gone': 'ذهب مُدخَل الوحدة، حُذف بانتهاء مدة حفظه، فلا يمكن أن يُعاد حسابها.',
  'check.recompute-bounded': long(
    'هذه نتيجة تقريبية: أرقام جهاز آخر تساويها تقريبًا لا تمامًا. قورنت في حدود ما يسمح به النموذج،',
    'وليس فيها بايتات تُحسب من جديد.',
  ),
  'check.recompute-capped': 'لا تترك حدودك مجالًا لجلب النموذج {model}.',
  'check.recompute-failed': 'تعذّر حسابها هنا: {message}',

  'verify.sum.holds': 'كل الفحوص صحيحة: {held}.',
  'verify.sum.unchecked': 'تعذّر هنا {checks}: {unchecked}. والبقية صحيحة: {held}.',
  'verify.sum.none': 'تعذّرت الفحوص كلها هنا، فلم يثبت شيء في هذا الاتجاه ولا ذاك.',
  'verify.sum.fails':
    'هذا غير صحيح: {failed}. تحقَّق من جديد؛ فإن بقي كذلك فاحتفظ باسم الإيصال واسأل المشغّل عمّا ' +
    'حدث. ويستطيع كل أحد أن يفحص الإيصال نفسه.',
  'verify.sum.broken': 'تعذّر إتمام الفحوص: {message} أعد المحاولة لاحقًا.',
  'count.checks': {
    zero: 'أي فحص',
    one: 'فحص واحد',
    two: 'فحصان',
    few: '{n} فحوص',
    many: '{n} فحصًا',
    other: '{n} فحص',
  },
};
