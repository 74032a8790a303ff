import { parseId } from '../platform/id.pipe.js';
import { Problem } from '../platform/problems.js';
import { codePoints, isStorable } from '../platform/safe-text.js';
import type { DrfTexts } from './drf.texts.js';

/** Reads the fields of a request as Django REST framework does, and refuses all mistakes at once. */
export class Fields {
  private readonly given: Record<string, unknown>;
  private readonly errors: { pointer: string; message: string }[] = [];

  constructor(
    body: unknown,
    private readonly texts: DrfTexts,
  ) {
    if (Array.isArray(body)) this.refuse('', texts.noObject.replace('%', 'list')).check();
    this.given = (body ?? {}) as Record<string, unknown>;
  }

  /** The id of something, written as a number or in digits; whether it exists the caller has to ask. */
  id(name: string): number {
    const value = this.required(name);
    if (value === undefined) return 0;
    const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : undefined;
    if (text === '') this.refuse(name, this.texts.isNull);
    else if (text === undefined || !/^-?\d+$/.test(text))
      this.refuse(name, this.texts.noKey.replace('%', typeOf(value)));
    else return parseId(text.replace(/^0+(?=\d)/, '')) ?? this.unknown(name, text);
    return 0;
  }

  /** A text of at most so many characters, without blanks at its ends. */
  text(name: string, most: number): string {
    const value = this.required(name);
    if (value === undefined) return '';
    if (typeof value !== 'string' && typeof value !== 'number') {
      this.refuse(name, this.texts.noString);
      return '';
    }
    const text = String(value).trim();
    if (text === '') this.refuse(name, this.texts.blank);
    else if (!isStorable(text)) this.refuse(name, this.texts.nulCharacter);
    else if (codePoints(text) > most) this.refuse(name, this.texts.tooLong.replace('%', String(most)));
    return text;
  }

  /** A yes or no, which is no where it is missing. */
  flag(name: string): boolean {
    const value = this.given[name];
    if (value === undefined) return false;
    if (typeof value === 'boolean') return value;
    const flag = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
    if (flag !== 'true' && flag !== 'false') this.refuse(name, this.texts.noBoolean);
    return flag === 'true';
  }

  /** Notes that nothing has the id that was given. */
  unknown(name: string, id: number | string): number {
    this.refuse(name, this.texts.unknownKey.replace('%', String(id).slice(0, 24)));
    return 0;
  }

  /** Throws what was noted. */
  check(): void {
    if (this.errors.length > 0) throw new Problem('request/invalid', { errors: this.errors });
  }

  private required(name: string): unknown {
    const value = this.given[name];
    if (value === undefined) this.refuse(name, this.texts.required);
    if (value !== null) return value;
    this.refuse(name, this.texts.isNull);
    return undefined;
  }

  private refuse(name: string, message: string): this {
    this.errors.push({ pointer: `#/${name}`, message });
    return this;
  }
}

/** As Python names it. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  const names: Record<string, string> = { string: 'str', boolean: 'bool', number: 'float' };
  return names[typeof value] ?? 'dict';
}
