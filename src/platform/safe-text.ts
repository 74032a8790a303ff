import { registerDecorator, type ValidationOptions } from 'class-validator';

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
/** Control, bidirectional, zero-width and other invisible format characters: they let one name look like another. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u3164\uFFA0]/u;

/** Whether the database stores and returns this text byte for byte: no NUL, no lone surrogate. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !LONE_SURROGATE.test(text);
}

export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) count--;
  return count;
}

/** The key under which names are unique: compatibility forms and letter case do not make a new name. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC');
}

export interface TextLimits {
  least?: number;
  most: number;
  /** A name shown to others: also refuses invisible characters and blanks at its ends. */
  name?: boolean;
}

/** What is wrong with a text, or undefined. Lengths are code points. */
export function mistakeIn(text: unknown, { least = 0, most, name = false }: TextLimits): string | undefined {
  if (typeof text !== 'string') return 'must be a string';
  if (text.length > most * 2) return `must have at most ${most} characters`;
  if (!isStorable(text)) return 'must not contain NUL or lone surrogates';
  const length = codePoints(text);
  if (length > most) return `must have at most ${most} characters`;
  if (length < least) return least === 1 ? 'must not be empty' : `must have at least ${least} characters`;
  if (least > 0 && text.trim() === '') return 'must not be blank';
  if (name && INVISIBLE.test(text)) return 'must not contain control or invisible characters';
  if (name && text !== text.trim()) return 'must not begin or end with a blank';
  return undefined;
}

/** The text as near as these limits let it be: composed, shortened, and for a name without what no name may hold. May be empty. */
export function fitted(text: string, { most, name = false }: TextLimits): string {
  const letters = [...text.normalize('NFC')].filter((letter) =>
    name ? !INVISIBLE.test(letter) && isStorable(letter) : isStorable(letter),
  );
  const kept = name ? [...letters.join('').trim()] : letters;
  const short = kept.slice(0, most).join('');
  return name ? short.trim() : short;
}

/** A string within these limits that the database keeps byte for byte. */
export function SafeText(limits: TextLimits, options?: ValidationOptions): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'safeText',
      target: target.constructor,
      propertyName: property as string,
      options: options ?? {},
      constraints: [limits],
      validator: {
        validate: (value: unknown) => mistakeIn(value, limits) === undefined,
        defaultMessage: (args) => mistakeIn(args?.value, limits) ?? 'is not valid',
      },
    });
}
