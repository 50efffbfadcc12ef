const known: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  // faults
  [/^is missing/, () => 'هذه القيمة مطلوبة.'],
  [/^must (?:not be empty|be there and not empty)$/, () => 'لا يجوز أن تبقى فارغة.'],
  [/^is longer than (\d+) bytes$/, (n) => `أطول من المسموح، وهو ${n} بايت.`],
  [/^is longer than (\d+) characters$/, (n) => `أطول من المسموح، وهو ${n} حرفًا.`],
  [/^expected a (whole )?number from (-?\d+) to (-?\d+)$/, (whole, least, most) => `اكتب عددًا${whole ? ' صحيحًا' : ''} من ${least} إلى ${most}.`],
  [/^must be a number$/, () => 'اكتب عددًا.'],
  [/^expected points from 0 to ([\d.]+)/, (most) => `اكتب نقاطًا من 0 إلى ${most}، بمنزلتين عشريتين على الأكثر.`],
  [/^is more than the ([\d.]+) there are$/, (most) => `أكثر من النقاط الممكنة، وهي ${most}.`],
  [/^expected an RFC 3339/, () => 'اكتب تاريخًا ووقتًا.'],
  [/^expected a moment to come, within the next (\d+) days/, (days) => `اختر وقتًا مقبلًا خلال ${days} يومًا.`],
  [/^expected an IANA time zone/, () => 'اختر منطقة زمنية معروفة.'],
  [/^expected a language tag/, () => 'اكتب رمز لغة مثل ar أو en-GB.'],
  [/^expected a colour/, () => 'اكتب لونًا مثل ‎#1a73e8.'],
  [/^is one line, without control characters/, () => 'اكتب سطرًا واحدًا بلا مسافات في أوله أو آخره.'],
  [/^this is not your password$/, () => 'هذه ليست كلمة مرورك.'],
  [/^choose a longer one: at least (\d+) characters/, (n) => `اختر كلمة أطول: ${n} أحرف على الأقل. بضع كلمات متتالية يسهل حفظها.`],
  [/^choose another: this is the one you have$/, () => 'اختر كلمة مرور أخرى: هذه كلمتك الحالية.'],
  [/^choose another: this one is on lists/, () => 'اختر كلمة مرور أخرى: هذه في قوائم كلمات سُرقت من أماكن أخرى.'],
  [/^choose another: this one .* which is what others try first$/, () => 'اختر كلمة مرور أخرى: هذه مما يجرّبه الآخرون أولًا.'],
  [/^the code is wrong, or was used before/, () => 'الرمز خاطئ أو سبق استخدامه.'],
  [/^changes nothing/, () => 'لا شيء يتغير بهذا.'],
  [/^an outage ends after its begin$/, () => 'النهاية بعد البداية.'],
  [/^declare an outage when it is over$/, () => 'أعلن الانقطاع بعد أن ينتهي.'],
  [/^this ended more than 30 days ago$/, () => 'انتهى هذا قبل أكثر من 30 يومًا.'],
  // why a figure is missing
  [/^this process has no role (\w+)$/, (role) => `ليس لهذه العملية دور ${role}`],
  [/^the (?:primary|database) does not answer/, () => 'قاعدة البيانات لا تجيب'],
  [/^the journal cannot be read/, () => 'لا يمكن قراءة السجل'],
  [/^no follower is configured$/, () => 'لم يُعدّ تابع'],
  [/^it does not grow, or was not watched for long enough$/, () => 'لا ينمو، أو لم يُراقَب مدة كافية'],
  [/^it lies on no disk of this machine$/, () => 'ليس على قرص في هذا الجهاز'],
  [/^the disk does not say$/, () => 'القرص لا يذكر ذلك'],
  [/^no server has been met yet$/, () => 'لم يُعثر على خادم بعد'],
  [/^it is not streaming$/, () => 'النسخة لا تتلقى الآن'],
  [/^no limit was decided$/, () => 'لم يُحدَّد حد'],
  [/^none of it is being completed$/, () => 'لا يكتمل منها شيء الآن'],
  [/^none was published since the process began$/, () => 'لم يُنشر شيء منذ بدأت العملية'],
  [/^no database has confirmed them since the process began$/, () => 'لم تؤكدها قاعدة بيانات منذ بدأت العملية'],
  [/^this process is not told who has reports$/, () => 'لا تعرف هذه العملية أين التقارير'],
  [/^the process that has reports does not answer$/, () => 'عملية التقارير لا تجيب'],
  [/^the first copy is not done$/, () => 'لم تكتمل النسخة الأولى بعد'],
  [/^their process does not say$/, () => 'عملية التقارير لا تذكر ذلك'],
  [/^no report was kept/, () => 'لم يُحفظ أي تقرير'],
];

/** In the reader's language, as far as it is known here. */
export function serverWords(words: string): string | undefined {
  for (const [pattern, say] of known) {
    const found = pattern.exec(words);
    if (found) return say(...found.slice(1));
  }
  return undefined;
}
