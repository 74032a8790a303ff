import { type Language, LANGUAGES } from '../platform/problem-texts.js';

/** The language to answer in: the one asked for by `?lang=`, else the most wanted of `Accept-Language` that we have, else English. */
export function languageOf(asked: unknown, acceptLanguage: string | undefined): Language {
  const given = LANGUAGES.find((language) => language === asked);
  if (given) return given;
  const wanted = (acceptLanguage ?? '')
    .slice(0, 500)
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
      const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
      return { language: tag.split('-')[0], quality: Number.isNaN(quality) ? 0 : quality };
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  for (const { language } of wanted) {
    const known = LANGUAGES.find((one) => one === language);
    if (known) return known;
  }
  return 'en';
}
