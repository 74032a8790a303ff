/**
 * What a character may stand for. Filters see through disguises: letters of other scripts that look alike, digits in place of letters,
 * accents, invisible characters. One letter has one skeleton, shared by all that look like it, in the text and in the filter's entries alike;
 * within a script no two letters share one, so that folding alone never makes two ordinary words the same.
 */
import unhomoglyph from 'unhomoglyph';

export const LETTER = 0;
export const DIGIT = 1;
/** Punctuation that also serves as a letter: the at sign of `c@sino`. */
export const SYMBOL = 2;
export const MARK = 3;
export const SPACE = 4;

export const LATIN = 1;
export const CYRILLIC = 2;
export const GREEK = 4;
export const OTHER = 8;

export interface Glyph {
  readonly kind: typeof LETTER | typeof DIGIT | typeof SYMBOL | typeof MARK | typeof SPACE;
  /** Of a letter; 0 for the rest. */
  readonly script: number;
  /** The character in compatibility form, case and accents kept. */
  readonly plain: number;
  /** The letter without its accents, where it has any. */
  readonly accentless: readonly number[];
  /** Skeletons it has by its looks: the first is that of the letter itself. */
  readonly skeletons: readonly number[];
  /** Skeletons it has where digits and symbols stand for letters. */
  readonly leet: readonly number[];
  /** Letters of Latin, Cyrillic and Greek that look like it, and the letter without its accents. */
  readonly twins: readonly number[];
  /** The same of what a digit or symbol stands for. */
  readonly leetTwins: readonly number[];
  /** Outside the alphabet of Russian: in a word that is otherwise Cyrillic it may be there for its looks. */
  readonly unusual: boolean;
}

/** Pairs of a letter and its skeleton. */
const LOOKALIKES = new Map<string, string>(
  (
    'аa вb сc еe ёe нh іi їi јj кk мm оo рp ѕs тt уy ўy хx пn иu дg гr шw һh ԁd ԛq ԝw ґr ӏl ԍg ҡk ҝk қk ңh ҳx ҷч әə ӓa ӧo ӱy ' +
    'αa βb γy εe ζz ηn ιi κk νv οo ρp σo ςc τt υu χx ωw μu πn ' +
    'øo đd łl ħh ıi ŧt ɐa ɑa ɓb ƀb ɔc ƈc ɖd ɗd ɛe ǝe ɡg ɠg ɦh ɨi ɩi ʝj ƙk ɭl ɫl ɱm ɲn ŋn ɵo ƥp ɋq ɾr ɽr ʂs ʃs ƭt ʈt ʉu ʋv ʏy ƴy ʐz ƶz ɪi ꞵb ' +
    'ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ꞯq ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ᴢz'
  )
    .split(' ')
    .map((pair) => [...pair] as [string, string]),
);
/** Greek capitals look like other Latin letters than their small forms. */
const CAPITALS = new Map<string, string>(
  'Ηh Νn Ρp Υy Μm Ζz Χx'.split(' ').map((pair) => [...pair] as [string, string]),
);
const SPELLED_OUT = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ﬀ', 'ff'],
]);
/** What digits and symbols stand for. */
const LEET = new Map<string, string>([
  ['0', 'o'],
  ['1', 'il'],
  ['3', 'eз'],
  ['4', 'aч'],
  ['5', 's'],
  ['6', 'bgб'],
  ['7', 't'],
  ['8', 'b'],
  ['9', 'g'],
  ['@', 'a'],
  ['$', 's'],
  ['!', 'il'],
  ['|', 'li'],
  ['+', 't'],
  ['(', 'c'],
  ['€', 'e'],
  ['£', 'l'],
  ['¢', 'c'],
  ['¥', 'y'],
  ['¡', 'i'],
]);
const RUSSIAN = /^[а-яё]$/;
const INVISIBLE = /^[\p{Cf}\p{Mn}\p{Me}\u115F\u1160\u3164\uFFA0]$/u;
const SPACES = /^[\s\u2800]$/u;

/** What the Unicode tables of confusable letters add for scripts that nobody lists by hand: Cherokee, Armenian, Coptic, Lisu and the like. */
const RARE = new Map<number, number>();
for (const [first, last] of [
  [0x531, 0x587],
  [0x10a0, 0x10ff],
  [0x13a0, 0x13fd],
  [0x1e00, 0x1eff],
  [0x2c60, 0x2cff],
  [0xa4d0, 0xa4ff],
  [0xab30, 0xabbf],
  [0x10400, 0x1044f],
] as const) {
  const letters = Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index));
  const likenesses = unhomoglyph(letters.join('\n')).split('\n');
  for (const [index, likeness] of likenesses.entries())
    if (/^[A-Za-z]$/.test(likeness)) RARE.set(first + index, likeness.toLowerCase().codePointAt(0)!);
}

/** For each skeleton the ordinary letters that have it. */
const TWINS = new Map<number, number[]>();
for (const letter of 'abcdefghijklmnopqrstuvwxyzавсеёнікмортухпидгшεικνορτυχα') {
  const skeleton = (LOOKALIKES.get(letter) ?? letter).codePointAt(0)!;
  TWINS.set(skeleton, [...(TWINS.get(skeleton) ?? []), letter.codePointAt(0)!]);
}

/** Squared and circled capitals, which are no letters for Unicode's compatibility forms. */
function uncircled(code: number): number {
  if (code >= 0x1f150 && code <= 0x1f169) return code - 0x1f150 + 0x61;
  if (code >= 0x1f170 && code <= 0x1f189) return code - 0x1f170 + 0x61;
  return code;
}

const BLANK = 0x20;
const MOST_KEPT = 20_000;
let kept = new Map<number, readonly Glyph[]>();

/** The glyphs of a character: none for what cannot be seen, several for what is spelled out. */
export function glyphsOf(code: number): readonly Glyph[] {
  const known = kept.get(code);
  if (known) return known;
  // Somebody sends the whole of Unicode: begin anew rather than keep it.
  if (kept.size >= MOST_KEPT) kept = new Map();
  const made = makeGlyphs(code);
  kept.set(code, made);
  return made;
}

/** Ideographs and Hangul: tens of thousands of letters that look like nothing else and have no other form. */
const isAlone = (code: number): boolean => (code >= 0x3400 && code < 0xa000) || (code >= 0xac00 && code < 0xd7a4);

function makeGlyphs(code: number): Glyph[] {
  if (isAlone(code)) return [{ ...sign(LETTER, code), script: OTHER, unusual: true }];
  const character = String.fromCodePoint(uncircled(code));
  if (INVISIBLE.test(character)) return [];
  if (SPACES.test(character)) return [sign(SPACE, code < 0x20 ? code : BLANK)];
  const spelled = SPELLED_OUT.get(character.toLowerCase()) ?? character.normalize('NFKC');
  return Array.from(spelled).flatMap((one) => {
    const lower = one.toLowerCase();
    const plain = one.codePointAt(0)!;
    if (INVISIBLE.test(one)) return [];
    if (SPACES.test(one)) return [sign(SPACE, BLANK)];
    if (/^\p{L}/u.test(one)) return [letter(one, lower, plain)];
    const leet = Array.from(LEET.get(lower) ?? '', (meant) => meant.codePointAt(0)!);
    if (/^\p{N}/u.test(one)) return [sign(DIGIT, plain, leet)];
    return [sign(leet.length > 0 ? SYMBOL : MARK, plain, leet)];
  });
}

function sign(kind: Glyph['kind'], plain: number, leet: number[] = []): Glyph {
  const leetTwins = leet.flatMap((skeleton) => TWINS.get(skeleton) ?? skeleton);
  return { kind, script: 0, plain, accentless: [], skeletons: [plain], leet, twins: [], leetTwins, unusual: false };
}

function letter(one: string, lower: string, plain: number): Glyph {
  const code = (lower === 'й' ? lower : lower.normalize('NFD')).codePointAt(0)!;
  const first = String.fromCodePoint(code);
  const bare = first === lower ? [] : [code];
  const looks = RARE.get(plain) ?? RARE.get(code) ?? LOOKALIKES.get(first)?.codePointAt(0) ?? code;
  const capital = CAPITALS.get(one)?.codePointAt(0) ?? looks;
  const skeletons = capital === looks ? [looks] : [looks, capital];
  return {
    kind: LETTER,
    script: scriptOf(code),
    plain,
    accentless: bare,
    skeletons,
    leet: [],
    twins: [...bare, ...skeletons.flatMap((skeleton) => TWINS.get(skeleton) ?? [])],
    leetTwins: [],
    unusual: !RUSSIAN.test(lower),
  };
}

function scriptOf(code: number): number {
  if (code < 0x250 || (code >= 0x1e00 && code < 0x1f00)) return LATIN;
  if (code >= 0x400 && code < 0x530) return CYRILLIC;
  return code >= 0x370 && code < 0x400 ? GREEK : OTHER;
}
