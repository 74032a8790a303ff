import { randomBytes } from 'node:crypto';
import { PROBLEMS } from '../../src/platform/problems.js';
import { COMMANDS } from '../../src/realtime/events.js';
import { eventually, expectRefusal } from '../support/expect.js';
import { HOSTILE_FRAMES, MISBEHAVIOURS, RESERVED_EVENTS, UNKNOWN_EVENTS } from './hostile-frames.js';
import { HOSTILE_VALUES, nested, TEXTS, titled, UNSTORABLE, wide } from './hostile-values.js';
import { SocketWorld } from './socket-world.js';

/** Whatever a signed-in socket sends: its acks are answered or it is closed, alone; what is refused is not done, and the others notice nothing. */

let s: SocketWorld;

beforeAll(async () => {
  s = await SocketWorld.open();
}, 60_000);
afterEach(() => s.checkBystander());
afterAll(() => s?.close());

describe('packets that are none', () => {
  it.each(titled(HOSTILE_FRAMES))('are followed by service or by the end: %s', async (_title, frame) => {
    const raw = await s.socket();
    raw.say(frame);
    expect(['closed', 'served']).toContain(await raw.fate());
  });

  it.each(RESERVED_EVENTS)('end the socket that calls an event %s', async (name) => {
    expect(await (await s.socket()).ask(`"${name}",{}`)).toBe('closed');
  });

  it.each(MISBEHAVIOURS)('end the socket that sends %s', async (_what, misbehave) => {
    const raw = await s.socket();
    misbehave(raw);
    expect(await raw.fate()).toBe('closed');
  });

  it('are no argument where they are binary', async () => {
    const raw = await s.socket();
    const text = '{"_placeholder":true,"num":0}';
    raw.say(`451-7["message.send",${s.send('binary').replace('"hello"', text)}]`);
    raw.say(Buffer.from('hello'));
    expectRefusal(await raw.ackOf(7), 'request/invalid');
    raw.say(`451-8["message.send",${text}]`);
    raw.say(randomBytes(50_000));
    expectRefusal(await raw.ackOf(8), 'request/invalid');
    expect(await raw.fate()).toBe('served');
    expect(await s.stored('binary')).toBe(0);
  });
});

describe('commands that are none', () => {
  it.each(titled(UNKNOWN_EVENTS))('are answered with event/unknown: %s', async (_title, name) => {
    expectRefusal(await (await s.socket()).ask(`"${name}",{}`), 'event/unknown');
  });

  it.each(['1', '0', '-1', '1.5', '1e999'])('are so under a number too: %s', async (name) => {
    const ack = await (await s.socket()).ask(`${name},{}`);
    if (ack !== 'closed') expectRefusal(ack, 'event/unknown');
  });

  it('reach nobody when they are facts that a client makes up', async () => {
    const raw = await s.socket();
    expectRefusal(await raw.ask(`"message.sent",${s.send('made-up')}`), 'event/unknown');
    raw.say(`42["message.sent",${s.send('made-up')}]`);
    expect(await raw.fate()).toBe('served');
    expect(s.bystander.of('message.sent').map((message) => message.clientId)).not.toContain('made-up');
  });

  it.each(['999999999', '9007199254740991', '9007199254740993', '99999999999999999999999', '007', '0'])(
    'are answered, or end the socket, when they call their ack %s',
    async (id) => {
      const raw = await s.socket();
      raw.say(`42${id}["read.mark",{}]`);
      const answered = () => raw.heard.some((frame) => frame.startsWith('43') && frame.includes('request/invalid'));
      await eventually(() => raw.closed || answered(), 'an answer');
    },
  );
});

describe('arguments that do not fit', () => {
  it('are refused when they are several, or missing, and nothing is done', async () => {
    const raw = await s.socket();
    expectRefusal(await raw.ask('"message.send"'), 'request/invalid');
    expectRefusal(await raw.ask(`"message.send",${s.send('twice-1')},${s.send('twice-2')}`), 'request/invalid');
    expectRefusal(await raw.ask(`"message.send",${s.send('beside')},null`), 'request/invalid');
    expectRefusal(await raw.ask(`"message.send",${s.send('many')}${',1'.repeat(30_000)}`), 'request/invalid');
    expect(await raw.fate()).toBe('served');
    for (const clientId of ['twice-1', 'twice-2', 'beside', 'many']) expect(await s.stored(clientId)).toBe(0);
  });

  it('are refused at the first level and the first value too many', async () => {
    const raw = await s.socket();
    const ask = (x: unknown) => raw.ask(`"message.send",${s.send('deep').replace('}', `,"x":${JSON.stringify(x)}}`)}`);
    expectRefusal(await ask(nested(7)), 'request/invalid');
    expectRefusal(await ask(nested(8)), 'request/too-complex');
    expectRefusal(await ask(wide(496)), 'request/invalid');
    expectRefusal(await ask(wide(497)), 'request/too-complex');
    const deep = [`${'['.repeat(30_000)}${']'.repeat(30_000)}`, `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`];
    for (const one of deep) expectRefusal(await raw.ask(`"message.send",${one}`), 'request/too-complex');
    expect(await s.stored('deep')).toBe(0);
  });

  it('are refused with names that change what an object is', async () => {
    const raw = await s.socket();
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString']) {
      const poisoned = `{"${name}":{"role":"superuser"},${s.send('poison').slice(1)}`;
      expectRefusal(await raw.ask(`"message.send",${poisoned}`), 'request/invalid');
    }
    expect(await s.stored('poison')).toBe(0);
    expect(({} as { role?: string }).role).toBeUndefined();
  });

  it('have their last meaning where a name stands twice', async () => {
    const ack = await (await s.socket()).ask(`"message.send",{"text":"first",${s.send('double', 'last').slice(1)}`);
    expect(ack).toMatchObject({ ok: true, message: { text: 'last' } });
  });

  it.each(Object.keys(COMMANDS))('to %s are refused, each by itself', async (command) => {
    const raw = await s.socket();
    const surprises: string[] = [];
    let asked = 0;
    const ask = async (request: unknown, must: 'refuse' | 'answer') => {
      asked++;
      const ack = await raw.ask(`"${command}",${JSON.stringify(request)}`);
      const problem = ack === 'closed' ? undefined : ack.problem;
      const known = problem !== undefined && PROBLEMS[problem.code]?.[0] === problem.status && problem.status < 500;
      const sound = ack !== 'closed' && (known || (ack.ok && must === 'answer'));
      if (!sound) surprises.push(`${JSON.stringify(request)?.slice(0, 100)}: ${JSON.stringify(ack).slice(0, 200)}`);
    };
    const fields = validFor(command);
    for (const field of Object.keys(fields)) {
      for (const value of HOSTILE_VALUES) {
        const fits = typeof value === typeof fields[field] && !UNSTORABLE.includes(value as string);
        await ask({ ...validFor(command), [field]: value }, fits ? 'answer' : 'refuse');
      }
      await ask({ ...validFor(command), [field]: undefined }, 'refuse');
    }
    for (const extra of ['id', 'author', 'authorId', 'senderId', 'createdAt', 'role', 'nosuch', ''])
      await ask({ ...validFor(command), [extra]: 1 }, 'refuse');
    for (const whole of [null, true, 0, '', 'abc', [], [validFor(command)]]) await ask(whole, 'refuse');
    expect(surprises).toEqual([]);
    expect(asked).toBeGreaterThanOrEqual(60);
  });
});

describe('texts', () => {
  it.each(Object.entries(TEXTS))('with %s arrive byte for byte', async (what, text) => {
    const clientId = what.replaceAll(' ', '.');
    const ack = await (await s.socket()).ask(`"message.send",${s.send(clientId, text)}`);
    expect(ack).toMatchObject({ ok: true, message: { text } });
    const heard = await s.bystander.hears(
      'message.sent',
      (message: { clientId: string }) => message.clientId === clientId,
    );
    expect(heard).toMatchObject({ text });
  });

  it('may be 16 000 code points of four bytes long, and not one more', async () => {
    const raw = await s.socket();
    const longest = '😀'.repeat(16_000);
    expect(await raw.ask(`"message.send",${s.send('longest', longest)}`)).toMatchObject({ ok: true });
    const heard = await s.bystander.hears(
      'message.sent',
      (message: { clientId: string }) => message.clientId === 'longest',
    );
    expect(heard).toMatchObject({ text: longest });
    expectRefusal(await raw.ask(`"message.send",${s.send('longer', `${longest}😀`)}`), 'request/invalid');
    expect(await s.stored('longer')).toBe(0);
  });
});

function validFor(command: string): Record<string, unknown> {
  const roomId = s.lobby;
  switch (command) {
    case 'message.send':
      return { roomId, text: 'hostile', clientId: `hostile-${s.next()}` };
    case 'message.edit':
      return { roomId, messageId: 1, text: 'hostile', version: 1 };
    case 'message.delete':
      return { roomId, messageId: 1 };
    case 'room.resume':
      return { roomId, after: 0 };
    case 'read.mark':
    case 'delivered.mark':
      return { roomId, seq: 1 };
    case 'typing.start':
    case 'typing.stop':
      return { roomId };
    case 'presence.watch':
      return { accountIds: [s.mallory.id] };
    case 'presence.set':
      return { state: 'online' };
    case 'session.renew':
      return { token: s.mallory.token };
    default:
      throw new Error(`${command} needs a valid request here`);
  }
}
