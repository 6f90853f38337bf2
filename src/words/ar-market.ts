// Arabic, the market page: what its script says, and what stands in market.html.
import type { englishMarket } from './en-market.ts';
import type { englishMarketPage } from './en-market-page.ts';
import type { Translated } from './words.ts';

export const arabicMarketPage: Translated<typeof englishMarketPage> = {
  'market.link': 'السوق: السعر والقدرة والعمل والمدفوعات',
  'market.page.description': 'كم يساوي العمل هنا الآن، ومن الحاضر، وماذا ينتظر.',
  'market.page.skip': 'إلى السعر',
  'market.page.back': 'إلى صفحة المساهم',
  'market.page.noscript': 'تحتاج هذه الصفحة إلى JavaScript كي تُظهر أرقامها، وهي هنا أيضًا:',
  'market.page.title': 'كم يساوي جهاز ساكن هنا',
  'market.page.lede': 'كل رقم رآه المنسِّق بنفسه: أحكامًا وساعات وسلسلة. ولا رقم منها وعد.',
  'market.page.rate': 'السعر الآن',
  'market.page.unit': 'رصيد لكل مليار عملية ضرب وجمع',
  'market.page.history': 'السعر ساعة بساعة',
  'market.page.earned': 'كم كسب جهاز في الساعة',
  'market.page.capacity': 'الحاضرون الآن',
  'market.page.waiting': 'العمل المنتظر',
  'market.page.models': 'النماذج',
  'market.page.epochs': 'الحقب والمدفوعات',
  'market.page.epochs.words':
    'يُنشر ما كسبه المساهمون على عقد في حقب. وبعد مدة يجوز فيها الاعتراض تصير الحقبة نهائية، ويجوز لأي أحد أن يطالب لأي أحد.',
  'market.page.raw': 'الأرقام نفسها للبرامج:',
};

export const arabicMarket: Translated<typeof englishMarket> = {
  'market.asking': 'يسأل المنسِّق.',
  'market.as-of': 'كما كانت لدى المنسِّق في {time}.',
  'market.stale': 'لم يُجب المنسِّق منذ {time}: هذه أرقام سابقة.',
  'market.away': 'المنسِّق لا يجيب. تسأله هذه الصفحة من جديد من نفسها.',
  'market.next': 'يتحرّك مرة كل ساعة، والتالية بعد نحو {time}.',
  'market.busy':
    'في آخر ساعة عُدَّت كان {busy} من القدرة يعمل. يرتفع السعر فوق {target} وينخفض دونها، بما لا يزيد على ٥٪ في الساعة.',
  'market.nobody':
    'في آخر ساعة عُدَّت لم يحضر أحد تُعرف سرعته. يرتفع السعر حين يعمل أكثر من {target} من القدرة وينخفض دونها، بما لا يزيد على ٥٪ في الساعة.',
  'market.token': '{credits} رصيدًا تساوي {amount}، يدفعها عقد على السلسلة {chain}.',
  'market.token.unknown': 'يدفع الرصيدَ عقدٌ على السلسلة {chain}.',
  'market.token.none': 'هذا المنسِّق لا يدفع شيئًا: الرصيد سجلّ لعمل أُنجز.',

  'market.history.none': 'لم تُعَدّ ساعة بعد: السعر حيث يبدأ.',
  'market.history.words': 'خلال آخر {time}: من {low} إلى {high} رصيد، والآن {now}.',
  'market.history.ago': 'قبل {time}',
  'market.history.now': 'الآن',
  'market.history.table': 'الساعات الأخيرة بالأرقام',
  'market.history.hour': 'الساعة',
  'market.history.rate': 'السعر بعدها',
  'market.history.busy': 'يعمل',
  'market.history.empty': 'لا أحد',

  'market.backend.webgpu': 'بطاقة الرسوم (WebGPU)',
  'market.backend.wasm': 'المعالج (WebAssembly)',
  'market.backend.typescript': 'المعالج (نص برمجي عادي)',
  'market.hour.middle': 'نحو {credits} في الساعة',
  'market.hour.half': 'النصف الأوسط: من {low} إلى {high}.',
  'market.hour.from': 'من {machines}، خلال {hours} من الحضور.',
  'market.hour.like': 'مثل هذا الجهاز',
  'market.hour.like.webgpu': 'هذا المتصفح يتيح WebGPU. أما صلاحه فيُختبر حين تضغط «ابدأ».',
  'market.hour.like.wasm': 'هذا المتصفح لا يتيح WebGPU، فالمعالج هو الذي يحسب.',
  'market.hour.unknown': 'غير معروف بعد',
  'market.hour.unknown.words':
    'خلال آخر {time} لم يعمل هنا جهاز كهذا دقيقة واحدة، فلم يُقَس شيء. ولا وعد مكانه.',
  'market.hour.how':
    'قيس خلال آخر {time}: ما قُبل، بسعر ساعته، على المدة التي كانت فيها بيد الجهاز وحدة أو قيل له إنه لا عمل. وما تناله يتبع جهازك ومستواه والعمل المتاح.',
  'count.credits': {
    zero: 'لا رصيد',
    one: '{n} رصيد',
    two: '{n} رصيد',
    few: '{n} أرصدة',
    many: '{n} رصيدًا',
    other: '{n} رصيد',
  },
  'count.machines': {
    zero: 'لا أجهزة',
    one: 'جهاز واحد',
    two: 'جهازين',
    few: '{n} أجهزة',
    many: '{n} جهازًا',
    other: '{n} جهاز',
  },
  'count.machine-hours': {
    zero: 'أقل من ساعة',
    one: 'ساعة واحدة',
    two: 'ساعتين',
    few: '{n} ساعات',
    many: '{n} ساعة',
    other: '{n} ساعة',
  },
  'count.batches': {
    zero: 'لا دفعات',
    one: 'دفعة واحدة',
    two: 'دفعتين',
    few: '{n} دفعات',
    many: '{n} دفعة',
    other: '{n} دفعة',
  },

  'market.capacity.none': 'لا أحد حاضر الآن. من يبدأ يكون الأول.',
  'market.capacity.speed': 'نحو {speed} عملية ضرب وجمع في الثانية',
  'market.capacity.measured': 'سرعة {measured} منها، كما يُظهرها عملها المقبول.',
  'market.capacity.unmeasured': 'لم تُقَس السرعة بعد.',
  'market.waiting.none': 'لا شيء ينتظر: كل ما طُلب أُنجز.',
  'market.waiting.words': '{units} من {batches}، نحو {work} عملية ضرب وجمع.',
  'market.waiting.time': 'عملٌ لنحو {time} على الأجهزة الحاضرة الآن.',
  'market.waiting.dear': '{units} منها تدفع أقل من السعر الآن، وتنتظر حتى ينخفض.',

  'market.models.none': 'ليس لدى هذا المنسِّق نموذج بعد.',
  'market.models.exact': 'مضبوط: البايتات نفسها على كل جهاز.',
  'market.models.bounded': 'محدود الفرق: يُقارَن ضمن مسافة معلنة.',
  'market.models.waiting': 'تنتظر {units}.',
  'market.models.idle': 'لا شيء ينتظر.',

  'market.epochs.off':
    'ليس لهذا المنسِّق عقد، فلا حقب. وما كُسب موجود في سجل إيصالاته العلني على كل حال.',
  'market.epochs.none': 'لم تُغلق حقبة بعد. تُغلق الأولى حين يكون هناك رصيد يُدفع.',
  'market.epochs.contract': 'العقد',
  'market.epochs.number': 'الحقبة {n}',
  'market.epochs.total': '{amount} للمساهمين، في كل الحقب حتى الآن',
  'market.epochs.closed': 'أُغلقت في {date}.',
  'market.epochs.final': 'نهائية منذ {date}.',
  'market.epochs.sent': 'نُشرت في',
  'market.epoch.closing': 'تُغلق الآن',
  'market.epoch.built': 'جاهزة للنشر',
  'market.epoch.posting': 'في طريقها إلى السلسلة',
  'market.epoch.posted': 'منشورة، ويجوز الاعتراض عليها',
  'market.epoch.disputed': 'معترَض عليها: يقضي فيها المحكَّم',
  'market.epoch.final': 'نهائية: يجوز لأي أحد أن يطالب',
  'market.epoch.struck': 'مشطوبة: تقول التالية ما قالته',
};
