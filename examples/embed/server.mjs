/**
 * A web app with people of its own that has a chat on its page. The app signs its people in; the chat service never learns their passwords, and
 * their browsers never learn the app's API key: all they get is a token for themselves.
 */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const { BESEDKA_KEY, BESEDKA_URL = 'http://127.0.0.1:3000', PORT = '8080' } = process.env;
if (!BESEDKA_KEY) throw new Error('Set BESEDKA_KEY to an API key with the scopes tokens and rooms');

const SERVICE = new URL(BESEDKA_URL).origin;
const ROOM_NAME = 'Support';
const MOST_BYTES = 4096;
const FILES = { '/page.js': 'text/javascript', '/page.css': 'text/css' };

/** What the page may load: itself, and the chat from its service. Nothing is inline, no text becomes code. */
const POLICY = [
  `default-src 'none'`,
  `script-src 'self' ${SERVICE}`,
  `style-src 'self'`,
  `connect-src 'self' ${SERVICE} ${SERVICE.replace('http', 'ws')}`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
  `require-trusted-types-for 'script'`,
  `trusted-types 'none'`,
].join('; ');

/** The app's own people, by name, and who of them is signed in, by cookie. A real app has a database for both. */
const people = new Map();
const sessions = new Map();

const roomId = await ourRoom();

createServer((request, response) => {
  answer(request, response).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    send(response, 500, { problem: 'Something went wrong' });
  });
}).listen(Number(PORT), '127.0.0.1', () => process.stdout.write(`Open http://127.0.0.1:${PORT}\n`));

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://app');
  const person = sessions.get(/(?:^|; )session=(\w+)/.exec(request.headers.cookie ?? '')?.[1]);
  switch (`${request.method} ${pathname}`) {
    case 'GET /':
      return page(response);
    case 'GET /me':
      return send(response, 200, { name: person?.name ?? null });
    case 'POST /login':
      return signIn(response, await bodyOf(request));
    case 'POST /token':
      return person ? send(response, 200, await tokenFor(person)) : send(response, 401, { problem: 'Sign in first' });
  }
  if (request.method !== 'GET' || !(pathname in FILES)) return send(response, 404, { problem: 'Nothing here' });
  const file = await readFile(new URL(`.${pathname}`, import.meta.url));
  response.writeHead(200, { 'content-type': FILES[pathname] }).end(file);
}

async function page(response) {
  const html = await readFile(new URL('page.html', import.meta.url), 'utf8');
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY });
  response.end(html.replaceAll('{{service}}', SERVICE).replaceAll('{{room}}', String(roomId)));
}

/** The first who comes with a name has it, under his password. */
function signIn(response, { name = '', password = '' }) {
  if (!/^[\p{L}\d._-]{2,32}$/u.test(name) || typeof password !== 'string' || password.length < 8)
    return send(response, 400, { problem: 'A name has 2 to 32 letters and digits, a password at least 8 characters' });
  const known = people.get(name) ?? register(name, password);
  if (!timingSafeEqual(scryptSync(password, known.salt, 32), known.hash))
    return send(response, 403, { problem: 'The password is wrong' });
  const session = randomBytes(32).toString('hex');
  sessions.set(session, known);
  response.setHeader('set-cookie', `session=${session}; HttpOnly; SameSite=Strict; Path=/`);
  send(response, 200, { name });
}

function register(name, password) {
  const salt = randomBytes(16);
  const person = { id: randomBytes(8).toString('hex'), name, salt, hash: scryptSync(password, salt, 32) };
  people.set(name, person);
  return person;
}

/** A token for the chat in this person's name: it is made here, where the key is, and lives for an hour. */
async function tokenFor({ id, name }) {
  const profile = { username: name, firstName: name };
  const { token } = await besedka('POST', 'integrations/tokens', {
    externalId: id,
    profile,
    ttl: 3600,
    rooms: [roomId],
  });
  return { token };
}

/** The room that belongs to the app: made at the first start, found at the others. */
async function ourRoom() {
  const { items } = await besedka('GET', 'rooms?view=mine&limit=200');
  const room = items.find(({ name }) => name === ROOM_NAME);
  return (room ?? (await besedka('POST', 'rooms', { name: ROOM_NAME, preset: 'private' }))).id;
}

async function besedka(method, path, body) {
  const answered = await fetch(`${SERVICE}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${BESEDKA_KEY}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = await answered.json();
  if (!answered.ok) throw new Error(`${method} ${path}: ${answer.code} ${answer.detail ?? answer.title}`);
  return answer;
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) if ((text += chunk).length > MOST_BYTES) return {};
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
