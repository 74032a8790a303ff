import type { ListeningSocket } from './socket.js';
import type { Person } from './world.js';

export interface Outcome {
  ok: boolean;
  message?: any;
  duplicate?: boolean;
  /** Problem code of a refusal. */
  code?: string;
  problem?: any;
}

/** One door to messages: the same stories are told through each. */
export interface Transport {
  name: string;
  send(
    person: Person,
    roomId: number,
    request: { text: unknown; clientId?: unknown; replyTo?: unknown },
  ): Promise<Outcome>;
  edit(person: Person, roomId: number, messageId: number, text: string, version: number): Promise<Outcome>;
  delete(person: Person, roomId: number, messageId: number): Promise<Outcome>;
  markRead(person: Person, roomId: number, seq: number): Promise<Outcome & { state?: any }>;
  markDelivered(person: Person, roomId: number, seq: number): Promise<Outcome & { deliveredSeq?: number }>;
}

let counter = 0;
export const newClientId = () => `c-${process.pid}-${Date.now().toString(36)}-${++counter}`;

const overHttp: Transport = {
  name: 'HTTP',
  send: async (person, roomId, request) => {
    const answer = await person.http.post(`/rooms/${roomId}/messages`, { clientId: newClientId(), ...request });
    return answer.status < 300
      ? { ok: true, message: answer.body, duplicate: answer.headers.get('idempotency-replayed') === 'true' }
      : refused(answer.body);
  },
  edit: async (person, roomId, messageId, text, version) => {
    const answer = await person.http.patch(`/rooms/${roomId}/messages/${messageId}`, { text, version });
    return answer.status < 300 ? { ok: true, message: answer.body } : refused(answer.body);
  },
  delete: async (person, roomId, messageId) => {
    const answer = await person.http.delete(`/rooms/${roomId}/messages/${messageId}`);
    return answer.status < 300 ? { ok: true } : refused(answer.body);
  },
  markRead: async (person, roomId, seq) => {
    const answer = await person.http.put(`/rooms/${roomId}/read`, { seq });
    return answer.status < 300 ? { ok: true, state: answer.body } : refused(answer.body);
  },
  markDelivered: async (person, roomId, seq) => {
    const answer = await person.http.put(`/rooms/${roomId}/delivered`, { seq });
    return answer.status < 300 ? { ok: true, ...answer.body } : refused(answer.body);
  },
};

const sockets = new WeakMap<Person, Promise<ListeningSocket>>();
function socketOf(person: Person): Promise<ListeningSocket> {
  const known = sockets.get(person) ?? person.socket();
  sockets.set(person, known);
  return known;
}

async function command(person: Person, event: string, payload: unknown): Promise<any> {
  const ack = await (await socketOf(person)).send(event, payload);
  return ack.ok ? ack : refused(ack.problem);
}

const overSocket: Transport = {
  name: 'Socket.IO',
  send: (person, roomId, request) => command(person, 'message.send', { roomId, clientId: newClientId(), ...request }),
  edit: (person, roomId, messageId, text, version) =>
    command(person, 'message.edit', { roomId, messageId, text, version }),
  delete: (person, roomId, messageId) => command(person, 'message.delete', { roomId, messageId }),
  markRead: (person, roomId, seq) => command(person, 'read.mark', { roomId, seq }),
  markDelivered: (person, roomId, seq) => command(person, 'delivered.mark', { roomId, seq }),
};

function refused(problem: any): Outcome {
  return { ok: false, code: problem?.code, problem };
}

/** Tells the stories once through each door. */
export function overEveryTransport(stories: (transport: Transport) => void): void {
  describe.each([overHttp, overSocket])('over $name', (transport) => stories(transport));
}
