import { isEmail } from 'class-validator';
import { EMAIL, MAIL, PASSWORD } from '../accounts/account-requests.dto.js';
import { parseId } from '../platform/id.pipe.js';
import { Problem } from '../platform/problems.js';
import { codePoints, isStorable, mistakeIn } from '../platform/safe-text.js';
import { FormValues } from './bodies.js';
import type { DrfTexts } from './drf.texts.js';

const YES = ['true', '1', 'yes', 'y', 't', 'on'];
const NO = ['false', '0', 'no', 'n', 'f', 'off'];

/** Reads the fields of a request as Django REST framework does, and refuses all mistakes at once. */
export class Fields {
  private readonly body: Record<string, unknown>;
  private readonly errors: { pointer: string; message: string }[] = [];

  constructor(
    body: unknown,
    private readonly texts: DrfTexts,
  ) {
    if (Array.isArray(body)) this.refuse('', texts.noObject.replace('%', 'list')).check();
    this.body = (body ?? {}) as Record<string, unknown>;
  }

  /** Whether the field came at all, be it null. */
  has(name: string): boolean {
    return this.valueOf(name) !== undefined;
  }

  /** Whether the field came with a value: neither null nor, as forms have to say it, an empty text. */
  isGiven(name: string): boolean {
    const value = this.valueOf(name);
    return value != null && !(typeof value === 'string' && value.trim() === '');
  }

  /** The id of something, written as a number or in digits; whether it exists the caller has to ask. */
  id(name: string): number {
    const value = this.required(name);
    return value === undefined ? 0 : this.idOf(name, value);
  }

  /** At most so many ids in a list, each of them once. */
  ids(name: string, most: number): number[] {
    const sent = this.body[name];
    const list = sent instanceof FormValues ? sent.all : this.required(name);
    if (list === undefined) return [];
    if (!Array.isArray(list)) this.refuse(name, this.texts.noList.replace('%', typeOf(list)));
    else if (list.length > most) this.refuse(name, this.texts.tooMany.replace('%', String(most)));
    else return [...new Set(list.map((value: unknown) => this.idOf(name, value)))];
    return [];
  }

  /** A text of at most so many characters, without blanks at its ends. */
  text(name: string, most: number): string {
    const text = this.string(name)?.trim();
    if (text === '') this.refuse(name, this.texts.blank);
    return this.within(name, text ?? '', most);
  }

  /** The same where it may be missing, null or empty: that is ''. */
  optionalText(name: string, most: number): string {
    return this.isGiven(name) ? this.within(name, this.string(name)?.trim() ?? '', most) : '';
  }

  /** A text that is shown as the name of something. */
  name(name: string, most: number): string {
    return this.visible(name, this.text(name, most));
  }

  /** The same where it may be missing, null or empty: that is ''. */
  optionalName(name: string, most: number): string {
    return this.visible(name, this.optionalText(name, most));
  }

  /** A text with the blanks at its ends, as passwords are. */
  secret(name: string, most = 1_024): string {
    const text = this.string(name);
    if (text === '') this.refuse(name, this.texts.blank);
    return this.within(name, text ?? '', most);
  }

  /** A password that an account may begin with. */
  newPassword(name: string): string {
    const password = this.secret(name, PASSWORD.most);
    if (password !== '' && codePoints(password) < PASSWORD.least!)
      this.refuse(name, this.texts.shortPassword.replace('%', String(PASSWORD.least)));
    return password;
  }

  /** An e-mail address. */
  mail(name: string): string {
    const address = this.text(name, EMAIL.most);
    if (address !== '' && isStorable(address) && !isEmail(address, MAIL)) this.refuse(name, this.texts.noMail);
    return address;
  }

  /** A whole number, also in digits. */
  integer(name: string, least: number, most: number): number {
    const value = this.required(name);
    if (value === undefined) return 0;
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    const [, digits] = /^([+-]?\d{1,1000})(?:\.0*)?$/.exec(text) ?? [];
    if (digits === undefined) this.refuse(name, this.texts.noInteger);
    else if (Number(digits) < least) this.refuse(name, this.texts.tooSmall.replace('%', String(least)));
    else if (Number(digits) > most) this.refuse(name, this.texts.tooBig.replace('%', String(most)));
    return Number(digits);
  }

  /** A yes or no, also in the words that forms have for it. */
  boolean(name: string): boolean {
    const value = this.required(name);
    if (value === undefined || typeof value === 'boolean') return value ?? false;
    const word = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
    if (!YES.includes(word) && !NO.includes(word)) this.refuse(name, this.texts.noBoolean);
    return YES.includes(word);
  }

  /** A yes or no in these two words, which is no where it is missing. */
  flag(name: string): boolean {
    const value = this.valueOf(name);
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

  /** Notes a mistake of a field; of the whole, where the name is empty. */
  refuse(name: string, message: string): this {
    this.errors.push({ pointer: `#/${name}`, message });
    return this;
  }

  /** Throws what was noted. */
  check(): void {
    if (this.errors.length > 0) throw new Problem('request/invalid', { errors: this.errors });
  }

  private valueOf(name: string): unknown {
    const value = this.body[name];
    return value instanceof FormValues ? value.all.at(-1) : value;
  }

  private required(name: string): unknown {
    const value = this.valueOf(name);
    if (value === undefined) this.refuse(name, this.texts.required);
    if (value !== null) return value;
    this.refuse(name, this.texts.isNull);
    return undefined;
  }

  private string(name: string): string | undefined {
    const value = this.required(name);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    if (value !== undefined) this.refuse(name, this.texts.noString);
    return undefined;
  }

  private within(name: string, text: string, most: number): string {
    if (!isStorable(text)) this.refuse(name, this.texts.nulCharacter);
    else if (codePoints(text) > most) this.refuse(name, this.texts.tooLong.replace('%', String(most)));
    return text;
  }

  private visible(name: string, text: string): string {
    // Lengths and what the database cannot keep were refused before.
    const limits = { most: Number.MAX_SAFE_INTEGER, name: true };
    if (isStorable(text) && mistakeIn(text, limits)) this.refuse(name, this.texts.invisible);
    return text;
  }

  private idOf(name: string, value: unknown): number {
    const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : undefined;
    if (text === '') this.refuse(name, this.texts.isNull);
    else if (text === undefined || !/^-?\d+$/.test(text))
      this.refuse(name, this.texts.noKey.replace('%', typeOf(value)));
    else return parseId(text.replace(/^0+(?=\d)/, '')) ?? this.unknown(name, text);
    return 0;
  }
}

/** As Python names it. */
function typeOf(value: unknown): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  const names: Record<string, string> = { string: 'str', boolean: 'bool', number: 'float' };
  return names[typeof value] ?? 'dict';
}
