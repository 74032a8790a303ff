import { effect, signal } from '@preact/signals';

export type Language = 'en' | 'ru';
export const LANGUAGES: readonly { id: Language; name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'ru', name: 'Русский' },
];

const KEY = 'besedka:language';

/** The language of the page; chosen here before, else the browser's. */
export const language = signal<Language>(initial());

effect(() => {
  document.documentElement.lang = language.value;
});

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  localStorage.setItem(KEY, chosen);
}

function initial(): Language {
  const kept = localStorage.getItem(KEY);
  if (kept === 'en' || kept === 'ru') return kept;
  return navigator.languages.find((tag) => /^(en|ru)\b/.test(tag))?.startsWith('ru') ? 'ru' : 'en';
}

type Params = Record<string, string | number>;

export interface Say<Key extends string> {
  /** The text of this key, with `{name}` filled in. */
  (key: Key, params?: Params): string;
  /** The form of this key that fits `n`: forms are parted by `|`, one and many in English; one, few and many in Russian. */
  count(key: Key, n: number): string;
}

/** Texts in both languages; the compiler asks for every key in each. */
export function dictionary<Key extends string>(en: Record<Key, string>, ru: Record<NoInfer<Key>, string>): Say<Key> {
  const text = (key: Key): string => (language.value === 'ru' ? ru : en)[key];
  const say = (key: Key, params: Params = {}): string => fill(text(key), params);
  return Object.assign(say, {
    count: (key: Key, n: number): string => {
      const forms = text(key).split('|');
      return fill(forms[formOf(n)] ?? forms.at(-1)!, { n: n.toLocaleString(language.value) });
    },
  });
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

function formOf(n: number): number {
  const form = new Intl.PluralRules(language.value).select(n);
  if (form === 'one') return 0;
  return language.value === 'ru' && form === 'many' ? 2 : 1;
}

/** A moment as people of the page's language write it. */
export function moment(iso: string | number, style: 'time' | 'day' | 'full'): string {
  const options: Intl.DateTimeFormatOptions =
    style === 'time'
      ? { hour: '2-digit', minute: '2-digit' }
      : style === 'day'
        ? { day: 'numeric', month: 'long', ...(isThisYear(iso) ? {} : { year: 'numeric' }) }
        : { dateStyle: 'medium', timeStyle: 'short' };
  // Of several countries with this language the browser knows which.
  const locale = navigator.languages.find((tag) => tag.startsWith(language.value)) ?? language.value;
  return new Intl.DateTimeFormat(locale, options).format(new Date(iso));
}

function isThisYear(iso: string | number): boolean {
  return new Date(iso).getFullYear() === new Date().getFullYear();
}
