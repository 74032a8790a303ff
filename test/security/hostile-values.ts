/** What programs and people send that nobody meant: shared by the tests of both doors. */

export const nested = (levels: number): unknown => (levels <= 1 ? 'x' : [nested(levels - 1)]);
/** A list that makes this many values together with itself. */
export const wide = (nodes: number): number[] => Array.from({ length: nodes - 1 }, () => 1);
/** Rows for it.each whose titles stay short. */
export const titled = (spellings: readonly string[]) =>
  spellings.map((one) => [JSON.stringify(one).slice(0, 50), one] as const);

export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
export const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** Texts that no database keeps as they are. */
export const UNSTORABLE = ['\0', 'a\0b', '\ud800', 'a\udc00b', '\udfff\ud800', '😀\ud83d'];

/** Texts that must come back byte for byte. */
export const TEXTS: Record<string, string> = {
  'an emoji of four bytes': '😀',
  'a family of joined emoji': '👩‍👩‍👧‍👦 🏳️‍🌈 🇷🇺 👍🏽',
  'combining marks': `z${'\u0351\u0312\u0346'.repeat(20)}algo`,
  'composed letters': 'é ñ й ё Å'.normalize('NFC'),
  'decomposed letters': 'é ñ й ё Å'.normalize('NFD'),
  'compatibility forms': 'ﬁ Ⅷ ㎏ ａｂｃ ﷺ',
  'right to left': 'שלום עולם مرحبا بالعالم',
  'bidirectional marks': 'a\u202egnp.exe\u202c \u2066x\u2069 \u200f\u200e',
  'zero-width characters': 'a\u200bb\u200cc\u200dd\ufeffe',
  'the last code points': '\u{10fffd}\u{10ffff}\ufffd\uffff\ufdd0',
  'line ends and tabs': 'one\r\ntwo\nthree\rfour\tfive\u2028six\u2029seven\u0085eight',
  'control characters': '\u0001\u0007\u0008\u000b\u001b[31m\u007f',
  'blanks around': '  both ends \u00a0',
  markup: '<script>alert(1)</script><img src=x onerror=alert(1)>&lt;&#0;',
  'quotes and escapes': `"'\`\\ \\u0000 \\x00 %00 $1 $$ {} {{7*7}} '; DROP TABLE messages; --`,
  'words of programs': '__proto__ constructor null undefined NaN true',
};

/** Names that only look like one, or like nothing. */
export const HOSTILE_NAMES = [
  ...['\u202e', '\u200b', '\u00ad', '\ufeff', '\u2066', '\n', '\u0007', '\u034f', '\u3164'].map((one) => `al${one}ice`),
  ' alice',
  'alice ',
  '\u00a0alice',
  '',
  ' ',
];

/** Spellings of ids that are none, as they stand in an address. */
export const HOSTILE_IDS = [
  ...wordsOf(String.raw`0 -1 +1 01 1.0 1e3 0x10 1e20 9007199254740992 9007199254740993 99999999999999999999
    abc null undefined NaN Infinity true __proto__ constructor %00 %20 1%20 %0A1 1%00 %EF%BC%91 %D9%A1 %F0%9F%98%80
    1,2 [1] {} %7B%22id%22%3A1%7D 1' 1%27%20OR%201%3D1-- 1;2 %2F 1%2F2 ..%2F1 * $1`),
  '1'.repeat(190),
];

/** Spellings of whole numbers that are none, as they stand in a query. */
export const HOSTILE_NUMBERS = [
  '',
  ...wordsOf(`%20 abc -1 +5 1.5 5.0 1e1 0x10 0b1 5%20 %205 1_0 05 9007199254740992 1e400 NaN Infinity -0 null true %00
    [] 1,2 %D9%A5 5%00`),
];

const NUMBERS = [0, -1, 1, 1.5, -0.5, 1e3, 1e20, Number.MAX_SAFE_INTEGER + 1, Number.MAX_VALUE, 5e-324];
const STRINGS = ['', ' ', '\t\n', '[object Object]', '\u202eabc', '\u200b', 'x'.repeat(20_000), '😀'.repeat(300)];
const OBJECTS = [[], [1], ['abc'], [null], [[]], [{}], nested(5), {}, { a: 1 }, { $ne: null }, { then: 1 }];

/** Values of every JSON type, beside and beyond what a field expects. */
export const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  ...NUMBERS,
  ...STRINGS,
  ...wordsOf('abc 0 1 0x10 1e3 -1 true null ../../etc/passwd'),
  ...OBJECTS,
  ...UNSTORABLE,
];

/** Cursors that look like ours and are not. */
export const FORGED_CURSORS = [
  'x'.repeat(201),
  ...wordsOf('! %00 = AAAA'),
  ...wordsOf(String.raw`null true -1 1.5 1e400 9007199254740993 "1" "\u0000" [] [1] [1,2,3] [-1,1] ["1","2"] [null,null]
    [[1],[2]] {} {"k":1} {"__proto__":1} 1;2 [1,`).map((key) => Buffer.from(key).toString('base64url')),
];

/** Addresses at which there is nothing. */
export const HOSTILE_ADDRESSES = [
  ...wordsOf(String.raw`/API/v1/rooms /api/v1/ROOMS /Api/V1/Rooms /api/v1/rooms/1/Messages /api/v1//rooms /api/v1/rooms%2F1
    /api/v1/rooms;x=1 /api/v1/rooms/1/messages/1/1 /api/v2/rooms /api/v1 /api /api/v1/rooms/../accounts
    /api/v1/rooms/%2e%2e/accounts /.. /../../etc/passwd /%2e%2e/%2e%2e/etc/passwd /docs/../package.json
    /docs/..%2fpackage.json /docs/static/../../package.json /docs/%2e%2e%5c%2e%2e%5cpackage.json /problems/room
    /problems/room/nosuch /problems/../../x /problems/__proto__/constructor /\ /%00 /%c0%ae%c0%ae /favicon.ico /.env
    /.git/config /%f0%9f%98%80`),
  `/${'x'.repeat(9_000)}`,
];
