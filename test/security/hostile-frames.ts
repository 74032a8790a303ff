import { randomBytes } from 'node:crypto';
import { linesOf } from './hostile-values.js';
import type { RawSocket } from './raw-socket.js';

/** Text frames that are no packets, or packets that nobody asked for. */
export const HOSTILE_FRAMES = [
  '',
  ...linesOf(String.raw`
9
8
x
5
6
1
0
4
4x
47
49["a"]
4-1
42
42{
42[
42"message.send"
42{}
42null
42[]
42[null]
42[{}]
42[true]
42[["message.send"]]
42[""]
421
421[
4299999999999999999999999["message.send",{}
42/
42/,
42/nowhere
42/nowhere,["message.send",{}]
44
44{}
44"x"
41x
43
43["x"]
437["x"]
43-1["x"]
437
437{}
43999999999999999999999["x"]
431e3["x"]
46["x"]
461-7["x"]
45
45-
451-
45x-["message.send"]
45-1["message.send"]
4599999-["message.send"]
451-["message.send",{"_placeholder":true,"num":7}]
`),
  '42\u0000',
  '\u0000',
  '4'.repeat(60_000),
  `42${'['.repeat(60_000)}`,
  `42["${'\\u0000'.repeat(9_000)}"]`,
  `40/${'x'.repeat(50_000)},`,
];

/** Event names that belong to the library itself. */
export const RESERVED_EVENTS = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
];

/** Event names, as they stand in JSON, that are no commands: among them facts, which only the server tells. */
export const UNKNOWN_EVENTS = [
  '',
  ' ',
  'message.send ',
  ...linesOf(String.raw`
message.sent
session.ready
room.deleted
__proto__
constructor
toString
hasOwnProperty
*
MESSAGE.SEND
message
message.send\u0000
ping
error
`),
  'x'.repeat(10_000),
];

/** What ends the socket that does it. */
export const MISBEHAVIOURS: [what: string, misbehave: (raw: RawSocket) => void][] = [
  ['a binary frame out of nowhere', (raw) => raw.say(randomBytes(100))],
  [
    'text where an attachment is due',
    (raw) => {
      raw.say('451-["message.send",{"_placeholder":true,"num":0}]');
      raw.say('42["message.send",{}]');
    },
  ],
  [
    'an attachment that nothing holds',
    (raw) => {
      raw.say('451-["message.send",{"_placeholder":true,"num":3}]');
      raw.say(randomBytes(10));
    },
  ],
  ['64 KiB and more', (raw) => raw.say(`421["message.send","${'x'.repeat(64 * 1024)}"]`)],
  ['40 000 arguments', (raw) => raw.say(`421["message.send"${',1'.repeat(40_000)}]`)],
  ['an unmasked frame', (raw) => raw.write('81023432')],
  ['reserved bits', (raw) => raw.write('f18000000000')],
  ['an unknown opcode', (raw) => raw.write('838000000000')],
  ['a long control frame', (raw) => raw.write(`89fe00c800000000${'00'.repeat(200)}`)],
  ['a continuation of nothing', (raw) => raw.write('808000000000')],
  ['a frame of 2^63 bytes', (raw) => raw.write('82ff7fffffffffffffff00000000')],
  ['text that is not UTF-8', (raw) => raw.write('8184000000003432fffe')],
  ['HTTP', (raw) => raw.write(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n').toString('hex'))],
];

/** First packets that do not even try to sign in. */
export const FIRST_PACKETS = linesOf(String.raw`
40[]
40null
40"token"
401
40{
42["message.send",{}]
421["message.send",{}]
41
`);

/** First packets that do not sign in, and why. */
export const IMPOSTORS: [what: string, frame: string, reason: string][] = [
  ['nothing', '40', 'auth/required'],
  ['an empty object', '40{}', 'auth/required'],
  ['a number', '40{"token":1}', 'auth/required'],
  ['a list', '40{"token":[]}', 'auth/required'],
  ['an object', '40{"token":{"a":1}}', 'auth/required'],
  ['an empty text', '40{"token":""}', 'auth/required'],
  ['a prototype', '40{"__proto__":{"token":"x"}}', 'auth/required'],
  ['a token without a signature', '40{"token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."}', 'auth/token-invalid'],
  ['a long token', `40{"token":"${'x'.repeat(60_000)}"}`, 'auth/token-invalid'],
  ['NUL', '40{"token":"\\u0000"}', 'auth/token-invalid'],
  ['another namespace', '40/admin,{}', 'Invalid namespace'],
  ['an inherited namespace', '40/__proto__,{}', 'Invalid namespace'],
];
