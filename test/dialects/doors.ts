import { KeysService } from '../../src/integrations/keys.service.js';
import type { ListeningSocket } from '../support/socket.js';
import { newClientId } from '../support/transports.js';
import type { Person, World } from '../support/world.js';

/** Where somebody writes: a group, or the direct room of two, which some doors know by its other person alone. */
export interface Place {
  kind: 'group' | 'direct';
  roomId: number;
  between: readonly [Person, Person];
}

/** One of the ways in: how a person sends a text and which texts he reads there. */
export interface Door {
  name: string;
  kinds: readonly Place['kind'][];
  /** The status, as HTTP has it. */
  send(person: Person, place: Place, text: string): Promise<number>;
  /** The texts, oldest first; undefined where he is refused. */
  read(person: Person, place: Place): Promise<string[] | undefined>;
  /** Brings a third person into a group of two, where the door can; the status. */
  add?(person: Person, place: Place, third: Person): Promise<number>;
}

type Ask = (person: Person, method: string, path: string, body?: unknown) => Promise<{ status: number; body: any }>;

const otherOf = ({ between: [one, two] }: Place, { id }: Person) => (one.id === id ? two : one);
const textsIn = ({ status, body }: { status: number; body: any }, name: string): string[] | undefined =>
  status === 200 ? body.map((one: Record<string, string>) => one[name]) : undefined;

/** All doors of a service, each person signed in at each of them once. */
export function doorsOf(w: World): Door[] {
  return [
    nativeHttp,
    socketIo(),
    pychat(asking(w, 'POST /chat/token/', 'token', 'basic')),
    chatapi(w),
    atomchat(asking(w, 'POST /api/auth/tokens/', 'token')),
    roschat(asking(w, 'POST /api/accounts/login/', 'token')),
    thanchat(asking(w, 'POST /userauth/token/login/', 'auth_token')),
  ];
}

/** Asks with a token of the dialect, fetched at the first call. */
function asking(w: World, signIn: string, field: string, by: 'body' | 'basic' = 'body'): Ask {
  const tokens = new Map<number, string>();
  const [signInMethod, signInPath] = signIn.split(' ') as [string, string];
  const fetched = async (method: string, path: string, headers: Record<string, string>, body?: unknown) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(w.origin + path, { method, headers: { ...headers, ...type }, ...json });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  };
  const tokenOf = async ({ id, username, password }: Person) => {
    const known = tokens.get(id);
    if (known !== undefined) return known;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const answer =
      by === 'basic'
        ? await fetched(signInMethod, signInPath, { authorization: basic })
        : await fetched(signInMethod, signInPath, {}, { username, password });
    if (answer.status !== 200) throw new Error(`${username} cannot sign in at ${signInPath}`);
    tokens.set(id, answer.body[field]);
    return tokens.get(id)!;
  };
  return async (person, method, path, body) =>
    fetched(method, path, { authorization: `Token ${await tokenOf(person)}` }, body);
}

const nativeHttp: Door = {
  name: 'the native API',
  kinds: ['group', 'direct'],
  send: async ({ http }, { roomId }, text) =>
    (await http.post(`/rooms/${roomId}/messages`, { text, clientId: newClientId() })).status,
  read: async ({ http }, { roomId }) => {
    const { status, body } = await http.get(`/rooms/${roomId}/messages?limit=200`);
    return status === 200 ? body.items.map(({ text }: { text: string }) => text) : undefined;
  },
  add: async ({ http }, { roomId }, { id }) => (await http.put(`/rooms/${roomId}/members/${id}`)).status,
};

/** Reads what the log of the room has, as a client does that has lost its connection. */
function socketIo(): Door {
  const sockets = new Map<number, Promise<ListeningSocket>>();
  const socketOf = async (person: Person) => {
    const known = await sockets.get(person.id);
    if (known && known.closedBecause === undefined) return known;
    const fresh = person.socket();
    sockets.set(person.id, fresh);
    return await fresh;
  };
  /** Whoever is not let in at all is refused as well. */
  const command = async (person: Person, event: string, payload: object) => {
    try {
      return await (await socketOf(person)).send(event, payload);
    } catch {
      sockets.delete(person.id);
      return { ok: false, problem: { status: 401 } };
    }
  };
  return {
    name: 'Socket.IO',
    kinds: ['group', 'direct'],
    send: async (person, { roomId }, text) => {
      const ack = await command(person, 'message.send', { roomId, text, clientId: newClientId() });
      return ack.ok ? 201 : ack.problem.status;
    },
    read: async (person, { roomId }) => {
      const ack = await command(person, 'room.resume', { roomId, after: 0 });
      if (!ack.ok) return undefined;
      return ack.events.flatMap((fact: any) => (fact.event === 'message.sent' ? [fact.data.text] : []));
    },
  };
}

/** A server that speaks for everybody; a person reads there what the server finds in his chats. */
function chatapi(w: World): Door {
  let made: Promise<string> | undefined;
  const key = () =>
    (made ??= w.app
      .get(KeysService)
      .create('operator', { name: 'server', scopes: ['act_as'] })
      .then((view) => view.key));
  const call = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${await key()}`, 'content-type': 'application/json' };
    const answer = await fetch(w.origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as any };
  };
  return {
    name: 'chatapi',
    kinds: ['group', 'direct'],
    send: async ({ id }, { roomId }, text) => {
      const { status } = await call('/messages/add', { chat: roomId, author: id, text });
      return status === 200 ? 201 : status;
    },
    read: async ({ id }, { roomId }) => {
      const { status, body } = await call('/chats/get', { user: id });
      if (status !== 200 || !body.some((chat: { id: number }) => chat.id === roomId)) return undefined;
      return textsIn(await call('/messages/get', { chat: roomId }), 'text');
    },
  };
}

function pychat(ask: Ask): Door {
  return {
    name: 'pychat',
    kinds: ['direct'],
    send: async (person, place, text) => {
      const message = { sender: person.id, receiver: otherOf(place, person).id, text };
      return (await ask(person, 'POST', '/chat/messages/', message)).status;
    },
    read: async (person, place) =>
      textsIn(
        await ask(person, 'GET', `/chat/messages/?user=${place.between[0].id}&user=${place.between[1].id}`),
        'text',
      ),
  };
}

function atomchat(ask: Ask): Door {
  return {
    name: 'atomchat',
    kinds: ['group', 'direct'],
    send: async (person, place, text) => {
      if (place.kind === 'group')
        return (await ask(person, 'POST', `/api/rooms/${place.roomId}/messages/`, { text })).status;
      return (await ask(person, 'POST', '/api/messages/', { text, user_to: otherOf(place, person).id })).status;
    },
    read: async (person, { roomId }) => textsIn(await ask(person, 'GET', `/api/rooms/${roomId}/messages/`), 'text'),
    add: async (person, { roomId, between }, third) => {
      const users = [...between, third].map(({ id }) => id);
      return (await ask(person, 'PATCH', `/api/rooms/${roomId}/`, { users })).status;
    },
  };
}

function roschat(ask: Ask): Door {
  return {
    name: 'roschat',
    kinds: ['group', 'direct'],
    send: async (person, { roomId }, content) =>
      (await ask(person, 'POST', `/api/chat/${roomId}/message`, { content })).status,
    read: async (person, { roomId }) => textsIn(await ask(person, 'GET', `/api/chat/${roomId}/message`), 'content'),
    add: async (person, { roomId }, { id }) => (await ask(person, 'PUT', `/api/chat/${roomId}/user/${id}/`)).status,
  };
}

/** Of direct rooms it shows everybody what was sent to him. */
function thanchat(ask: Ask): Door {
  return {
    name: 'thanchat',
    kinds: ['group', 'direct'],
    send: async (person, place, message_text) => {
      const receiver =
        place.kind === 'group' ? { chat_room_receiver: place.roomId } : { user_receiver: otherOf(place, person).id };
      return (await ask(person, 'POST', '/chatApp/messages/', { message_text, ...receiver })).status;
    },
    read: async (person, { kind, roomId }) =>
      textsIn(
        await ask(person, 'GET', `/chatApp/messages/${kind === 'group' ? `?chat_room_id=${roomId}` : ''}`),
        'message_text',
      ),
  };
}
