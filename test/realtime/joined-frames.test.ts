import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { connect, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import { Server, type ServerOptions, type Socket } from 'socket.io';
import { io, type ManagerOptions, type Socket as ClientSocket, type SocketOptions } from 'socket.io-client';
import {
  backlog,
  encodeFact,
  joinedWriteLimit,
  joinFacts,
  sendBatch,
  sendFacts,
  type Road,
} from '../../src/realtime/joined-frames.js';

interface Stage {
  server: Server;
  http: HttpServer;
  port: number;
}

const stages: Stage[] = [];
const clients: ClientSocket[] = [];
const tcpClients: TcpSocket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const tcp of tcpClients.splice(0)) tcp.destroy();
  for (const { server } of stages.splice(0)) await server.close();
});

async function stage(options: Partial<ServerOptions> = {}): Promise<Stage> {
  const http = createServer();
  const server = new Server(http, { perMessageDeflate: false, ...options });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const made = { server, http, port: (http.address() as AddressInfo).port };
  stages.push(made);
  return made;
}

function accepted(server: Server): Promise<Socket> {
  return new Promise((resolve) => server.once('connection', resolve));
}

async function join(
  { server, port }: Stage,
  options: Partial<ManagerOptions & SocketOptions> = { transports: ['websocket'] },
): Promise<{ socket: Socket; alice: ClientSocket }> {
  const socket = accepted(server);
  const alice = io(`http://127.0.0.1:${port}`, { forceNew: true, reconnection: false, ...options });
  clients.push(alice);
  return { socket: await socket, alice };
}

/** A WebSocket client on bare TCP that stops reading when told to and keeps every byte that came after the handshakes. */
class TcpClient {
  private received = Buffer.alloc(0);
  private constructor(readonly tcp: TcpSocket) {
    tcp.on('data', (chunk) => (this.received = Buffer.concat([this.received, chunk])));
  }

  static async join({ server, port }: Stage): Promise<{ socket: Socket; alice: TcpClient }> {
    const socket = accepted(server);
    const alice = new TcpClient(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    tcpClients.push(alice.tcp);
    alice.tcp.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    await until('the upgrade', () => alice.received.includes('\r\n\r\n'));
    alice.sendFrame(0x1, '40');
    const ready = await socket;
    await until('the CONNECT packet', () => alice.received.includes('40{'));
    await settled();
    alice.forget();
    return { socket: ready, alice };
  }

  /** A final frame with a zero mask, shorter than 126 bytes. */
  sendFrame(opcode: number, text: string): void {
    this.tcp.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
  }

  bytes(): Buffer {
    return this.received;
  }

  forget(): void {
    this.received = Buffer.alloc(0);
  }

  events(): unknown[] {
    return readFrames(this.received)
      .texts.filter((text) => text.startsWith('42'))
      .map((text) => (JSON.parse(text.slice(2)) as unknown[])[1]);
  }
}

/** Reads server frames strictly: final, text, unmasked, shortest length form, valid UTF-8; `rest` counts the bytes of a frame not yet whole. */
function readFrames(bytes: Buffer): { texts: string[]; rest: number } {
  const texts: string[] = [];
  let at = 0;
  while (bytes.length - at >= 2) {
    expect(bytes[at]).toBe(0x81);
    const short = bytes.readUInt8(at + 1);
    expect(short).toBeLessThan(128);
    const start = at + (short === 126 ? 4 : short === 127 ? 10 : 2);
    if (start > bytes.length) break;
    const long = short === 126 ? bytes.readUInt16BE(at + 2) : Number(short === 127 && bytes.readBigUInt64BE(at + 2));
    expect(long === 0 || long > (short === 126 ? 125 : 65_535)).toBe(true);
    const end = start + (long || short);
    if (end > bytes.length) break;
    texts.push(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end)));
    at = end;
  }
  return { texts, rest: bytes.length - at };
}

function framesOf(bytes: Buffer): string[] {
  const { texts, rest } = readFrames(bytes);
  expect(rest).toBe(0);
  return texts;
}

async function until(what: string, met: () => boolean, within = 10_000): Promise<void> {
  for (const deadline = Date.now() + within; !met(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > deadline) throw new Error(`Waited ${within} ms in vain for ${what}`);
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function numbers(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

function internalsOf(socket: Socket): { transport: { socket: { _sender: object; _socket: TcpSocket } } } {
  return socket.conn as unknown as { transport: { socket: { _sender: object; _socket: TcpSocket } } };
}

describe('joined frames', () => {
  it('reach the ordinary listener in order, a thousand facts in one write', async () => {
    const { socket, alice } = await join(await stage());
    const heard: unknown[] = [];
    alice.on('message.sent', (fact: unknown) => heard.push(fact));
    const write = jest.spyOn(internalsOf(socket).transport.socket._socket, 'write');
    const facts = numbers(1_000).map((seq) => encodeFact('message.sent', { seq, text: `text ${seq}` }));

    expect(sendFacts(socket, facts)).toBe('joined');

    expect(write).toHaveBeenCalledTimes(1);
    await until('the facts', () => heard.length >= facts.length);
    expect(heard).toEqual(numbers(1_000).map((seq) => ({ seq, text: `text ${seq}` })));
  });

  it('give every socket the same bytes, built once', async () => {
    const here = await stage();
    const { socket: first } = await join(here);
    const { socket: second } = await join(here);
    const batch = joinFacts([encodeFact('message.sent', 1), encodeFact('message.sent', 2)]);
    expect(joinFacts(batch.facts.slice(0, 1)).bytes).toBe(batch.facts[0]?.frame);
    for (const socket of [first, second]) {
      const write = jest.spyOn(internalsOf(socket).transport.socket._socket, 'write');
      sendBatch(socket, batch);
      expect(write.mock.calls.map(([bytes]) => bytes)).toEqual([batch.bytes]);
      expect(write.mock.calls[0]?.[0]).toBe(batch.bytes);
    }
  });

  const shapes: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['ASCII', { text: 'hello', seq: 1 }],
    ['Cyrillic', { text: 'Привет, мир' }],
    ['emoji and joiners', '👩‍👩‍👧‍👦🏳️‍🌈e\u0301'],
    ['a lone surrogate', 'x\ud800y'],
    ['quotes and separators', '"\\\u2028\u2029\u0000\n'],
    ['the last 7 bit length', 'a'.repeat(125 - 10)],
    ['the first 16 bit length', 'a'.repeat(126 - 10)],
    ['the last 16 bit length', 'a'.repeat(65_535 - 10)],
    ['the first 64 bit length', 'a'.repeat(65_536 - 10)],
    ['two-byte letters over 64 bit', 'я'.repeat(70_000)],
  ];

  it.each(shapes)('are the bytes that Socket.IO itself writes: %s', async (_name, payload) => {
    const { socket, alice } = await TcpClient.join(await stage());
    socket.emit('e', payload);
    socket.emit('end');
    await until('Socket.IO’s frames', () => alice.bytes().includes('["end"]'));
    const standard = alice.bytes().subarray(0, -11);
    await settled();
    alice.forget();

    expect(sendFacts(socket, [encodeFact('e', payload), encodeFact('e', payload)])).toBe('joined');

    await until('the joined frames', () => alice.bytes().length >= 2 * standard.length);
    expect(framesOf(standard)).toHaveLength(1);
    expect(alice.bytes().equals(Buffer.concat([standard, standard]))).toBe(true);
  });

  it('cover all three forms of frame length in those shapes', () => {
    const forms = shapes.map(([, payload]) => encodeFact('e', payload).frame.readUInt8(1));
    expect(forms).toEqual(expect.arrayContaining([125, 126, 127]));
    expect(shapes.slice(-5, -1).map(([, payload]) => encodeFact('e', payload).frame.length)).toEqual([
      125 + 2,
      126 + 4,
      65_535 + 4,
      65_536 + 10,
    ]);
  });

  it('mix small and huge facts for the ordinary client', async () => {
    const { socket, alice } = await join(await stage());
    const heard: string[] = [];
    alice.on('message.sent', (text: string) => heard.push(text));
    const texts = ['', 'я'.repeat(200), 'a'.repeat(70_000), '🙂', 'b'.repeat(3_000_000), 'end'];

    sendFacts(
      socket,
      texts.map((text) => encodeFact('message.sent', text)),
    );

    await until('the facts', () => heard.length >= texts.length);
    expect(heard).toEqual(texts);
  });

  const transports: [string, Partial<ManagerOptions>, Road[]][] = [
    ['a WebSocket', { transports: ['websocket'] }, ['joined', 'queued']],
    ['polling', { transports: ['polling'] }, ['queued']],
    ['an upgrade under way', { transports: ['polling', 'websocket'] }, ['joined', 'queued']],
  ];

  it.each(transports)('keep the order among emits, acks and facts on %s', async (_name, options, roads) => {
    const { socket, alice } = await join(await stage(), options);
    const heard: number[] = [];
    const taken = new Set<Road>();
    let said = 0;
    alice.on('message.sent', (seq: number) => heard.push(seq));
    alice.on('asked', (seq: number, reply: (seq: number) => void) => {
      heard.push(seq);
      reply(seq);
    });
    socket.on('ask', (reply: (seq: number) => void) => {
      facts(1);
      reply(++said);
      facts(2);
    });
    const facts = (count: number, joined = true) => {
      const from = said + 1;
      said += count;
      taken.add(
        sendFacts(
          socket,
          numbers(count, from).map((seq) => encodeFact('message.sent', seq)),
          { joined },
        ),
      );
    };
    const moves = [
      () => facts(1),
      () => facts(3),
      () => facts(2, false),
      () => socket.emit('message.sent', ++said),
      () => socket.emit('asked', ++said, () => undefined),
      () => alice.emit('ask', (seq: number) => heard.push(seq)),
      () => undefined,
    ];
    let chance = 17;
    for (let round = 0; round < 400 || (taken.size < roads.length && round < 20_000); round++) {
      for (let step = 0; step < 4; step++) {
        chance = (chance * 48_271) % 2_147_483_647;
        moves[chance % moves.length]?.();
      }
      if (round % 3 === 0) await settled();
    }
    await until('all that was said', () => heard.length >= said && said > 1_000);
    expect(heard).toEqual(numbers(said));
    expect([...taken].sort()).toEqual(roads);
  });

  it('queue behind a packet that Engine.IO still holds', async () => {
    const { socket, alice } = await TcpClient.join(await stage());
    socket.emit('e', 1);
    socket.emit('e', 2);
    expect(backlog(socket).packets).toBe(1);
    expect(sendFacts(socket, [encodeFact('e', 3), encodeFact('e', 4)])).toBe('queued');
    expect(backlog(socket).packets).toBe(3);
    await until('the events', () => alice.events().length >= 4);
    expect(alice.events()).toEqual([1, 2, 3, 4]);
  });

  it('count what a slow reader has not taken, stop joining for him and lose nothing', async () => {
    const { socket, alice } = await TcpClient.join(await stage());
    expect(backlog(socket)).toEqual({ packets: 0, bytes: 0 });
    alice.tcp.pause();
    const size = 20_000;
    const roads: Road[] = [];
    const backlogs: number[] = [];
    let said = 0;
    while (backlog(socket).packets < 50 && said < 5_000) {
      const batch = joinFacts([++said, ++said].map((seq) => encodeFact('e', `${seq} ${'я'.repeat(size / 2)}`)));
      roads.push(sendBatch(socket, batch));
      backlogs.push(backlog(socket).bytes);
      await settled();
    }
    const queued = roads.indexOf('queued');
    expect(queued).toBeGreaterThan(0);
    expect(backlogs[queued - 1]).toBeGreaterThan(joinedWriteLimit);
    expect(backlogs[queued - 1]).toBeLessThanOrEqual(joinedWriteLimit + 2 * (size + 30));
    expect(roads.slice(queued)).not.toContain('joined');
    const { packets, bytes } = backlog(socket);
    expect(packets).toBeGreaterThanOrEqual(50);
    expect(bytes).toBeGreaterThan(joinedWriteLimit + packets * size);
    expect(bytes).toBeLessThan(2 * joinedWriteLimit + (packets + 2) * (size + 30));

    alice.tcp.resume();
    await until('the backlog to go', () => backlog(socket).bytes === 0);
    expect(backlog(socket)).toEqual({ packets: 0, bytes: 0 });
    expect(sendFacts(socket, [encodeFact('e', `${++said} `)])).toBe('joined');
    await until('the last fact', () => alice.bytes().includes(`"${said} "`));
    expect(alice.events().map((text) => Number.parseInt(String(text), 10))).toEqual(numbers(said));
  });

  it('count plain and binary packets of Engine.IO’s queue', async () => {
    const { socket } = await TcpClient.join(await stage());
    socket.emit('e', 1);
    socket.emit('e', 'я'.repeat(1_000));
    const text = backlog(socket);
    expect(text.packets).toBe(1);
    expect(text.bytes).toBeGreaterThanOrEqual(2_000);
    socket.emit('e', Buffer.alloc(5_000));
    const binary = backlog(socket);
    expect(binary.packets).toBe(3);
    expect(binary.bytes - text.bytes).toBeGreaterThanOrEqual(5_000);
  });

  it('go by Engine.IO’s queue when they are switched off, and are heard all the same', async () => {
    const { socket, alice } = await join(await stage());
    const heard: unknown[] = [];
    alice.on('message.sent', (seq: unknown) => heard.push(seq));
    await settled();
    const facts = numbers(3).map((seq) => encodeFact('message.sent', seq));
    expect(sendFacts(socket, facts, { joined: false })).toBe('queued');
    await until('the facts', () => heard.length >= 3);
    expect(heard).toEqual([1, 2, 3]);
    expect(sendFacts(socket, facts)).toBe('joined');
  });

  it('go by Engine.IO’s queue where frames are compressed', async () => {
    const { socket, alice } = await join(await stage({ perMessageDeflate: { threshold: 0 } }));
    const heard: unknown[] = [];
    alice.on('message.sent', (seq: unknown) => heard.push(seq));
    await until('the handshake', () => alice.connected && backlog(socket).bytes === 0);
    socket.emit('message.sent', 1);
    expect(backlog(socket).packets).toBe(0);
    expect(sendFacts(socket, [encodeFact('message.sent', 2), encodeFact('message.sent', 3)])).toBe('queued');
    await until('the facts', () => heard.length >= 3);
    expect(heard).toEqual([1, 2, 3]);
  });

  it('go by Engine.IO’s queue where ws has no frame sender', async () => {
    const { socket, alice } = await TcpClient.join(await stage());
    const { transport } = internalsOf(socket);
    const webSocket = transport.socket;
    transport.socket = new Proxy(webSocket, {
      get(target, key) {
        const value: unknown = key === '_sender' ? undefined : Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    expect(sendFacts(socket, [encodeFact('e', 1), encodeFact('e', 2)])).toBe('queued');
    await until('the facts', () => alice.events().length >= 2);
    expect(alice.events()).toEqual([1, 2]);
  });

  it('write nothing for an empty batch', async () => {
    const { socket } = await TcpClient.join(await stage());
    const write = jest.spyOn(internalsOf(socket).transport.socket._socket, 'write');
    sendFacts(socket, []);
    expect(write).not.toHaveBeenCalled();
    sendFacts(socket, [encodeFact('e', 1)]);
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('write nothing to a socket that was disconnected, and nothing after its last packet', async () => {
    const { socket, alice } = await TcpClient.join(await stage());
    expect(sendFacts(socket, [encodeFact('e', 1)])).toBe('joined');
    socket.disconnect();
    expect(sendFacts(socket, [encodeFact('e', 2)])).toBe('closed');
    await until('the DISCONNECT packet', () => alice.bytes().includes('41'));
    await settled();
    expect(framesOf(alice.bytes())).toEqual(['42["e",1]', '41']);
  });

  it('write nothing to a connection that is closing', async () => {
    const { socket } = await TcpClient.join(await stage());
    socket.emit('e', 1);
    socket.emit('e', 2);
    socket.conn.close();
    expect(socket.connected).toBe(true);
    expect(sendFacts(socket, [encodeFact('e', 3)])).toBe('closed');
    expect(backlog(socket).packets).toBe(1);
  });

  it('do not follow the close frame of the peer', async () => {
    const { socket, alice } = await TcpClient.join(await stage());
    alice.sendFrame(0x8, '');
    const { socket: webSocket } = internalsOf(socket).transport as unknown as { socket: { readyState: number } };
    await until('the close frame', () => webSocket.readyState !== 1);
    expect(socket.conn.readyState).toBe('open');
    expect(sendFacts(socket, [encodeFact('e', 1)])).not.toBe('joined');
    await until('the end', () => !socket.connected);
    expect(alice.bytes().includes('42["e",1]')).toBe(false);
  });

  it('harm nobody when the connection breaks in the same tick', async () => {
    const here = await stage();
    const { socket } = await TcpClient.join(here);
    const { socket: other, alice } = await TcpClient.join(here);
    internalsOf(socket).transport.socket._socket.destroy();
    sendFacts(socket, [encodeFact('e', 1)]);
    sendFacts(other, [encodeFact('e', 1)]);
    await until('the end', () => !socket.connected);
    expect(sendFacts(socket, [encodeFact('e', 2)])).toBe('closed');
    await until('the fact', () => alice.events().length === 1);
  });

  it('are refused for another namespace', async () => {
    const here = await stage();
    const socket = new Promise<Socket>((resolve) => here.server.of('/vault').once('connection', resolve));
    clients.push(io(`http://127.0.0.1:${here.port}/vault`, { forceNew: true, transports: ['websocket'] }));
    const inVault = await socket;
    expect(() => sendFacts(inVault, [encodeFact('e', 1)])).toThrow('/vault');
  });

  it('find the internals of the versions they were written against', async () => {
    const versionOf = (name: string) =>
      (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }).version;
    const opening = readFileSync('src/realtime/joined-frames.ts', 'utf8');
    for (const name of ['socket.io', 'engine.io', 'ws']) expect(opening).toContain(`${name} ${versionOf(name)}`);

    const { socket } = await TcpClient.join(await stage());
    expect(socket.client).toMatchObject({ writeToEngine: expect.any(Function) });
    expect(socket.conn).toMatchObject({
      readyState: 'open',
      writeBuffer: [],
      transport: {
        perMessageDeflate: false,
        socket: { readyState: 1, bufferedAmount: 0, _sender: { sendFrame: expect.any(Function) } },
      },
    });
  });
});
