/** What runs on the page of the socket events: connects, sends, and writes down all that is said. Served as it stands here. */
export const EVENTS_SCRIPT = `'use strict';
const MOST_ENTRIES = 500;
const ACK_MS = 6000;
const words = JSON.parse(document.body.dataset.words);
const commands = JSON.parse(document.body.dataset.commands);
const signIn = document.getElementById('sign-in');
const sending = document.getElementById('send');
const filter = document.getElementById('filter');
const log = document.getElementById('log');
const status = signIn.querySelector('output');
const mistake = sending.querySelector('[role=alert]');
const empty = document.querySelector('.empty');
let socket;
let roomId;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function show(state, text) {
  const online = state === 'online';
  status.className = state;
  status.textContent = text || words[state];
  sending.querySelector('button').disabled = !online;
  document.getElementById('disconnect').disabled = !online && state !== 'connecting';
}

function write(kind, name, payload, note) {
  const entry = element('li', kind + (payload && payload.ok === false ? ' refused' : ''));
  const head = element('p');
  const now = new Date();
  const time = element('time', '', now.toLocaleTimeString() + '.' + String(now.getMilliseconds()).padStart(3, '0'));
  head.append(element('b', '', words[kind]), element('code', '', name), time);
  if (note) head.append(element('span', '', note));
  entry.append(head, element('pre', '', JSON.stringify(payload, null, 2)));
  log.prepend(entry);
  if (log.children.length > MOST_ENTRIES) log.lastElementChild.remove();
  sift();
}

function sift() {
  const wanted = filter.elements.text.value.trim().toLowerCase();
  let shown = 0;
  for (const entry of log.children) {
    const kind = entry.classList[0];
    entry.hidden = !filter.elements[kind].checked || !entry.textContent.toLowerCase().includes(wanted);
    if (!entry.hidden) shown++;
  }
  empty.hidden = shown > 0;
}

async function tokenOf({ token, username, password }) {
  if (token.trim()) return token.trim();
  if (!username || !password) throw new Error(words.noCredentials);
  let answer;
  try {
    answer = await fetch(new URL('../api/v1/auth/token', document.scripts[1].src), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'password', username, password }),
    });
  } catch {
    throw new Error(words.unreachable);
  }
  const body = await answer.json();
  if (!answer.ok) throw new Error(words.refused + ': ' + body.code + ' · ' + (body.detail || body.title));
  return body.access_token;
}

function connect(token) {
  const made = io(location.origin, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  });
  socket = made;
  made.onAny((name, payload) => {
    write('fact', name, payload);
    if (name !== 'session.ready') return;
    roomId = payload.rooms.length > 0 ? payload.rooms[0].roomId : undefined;
    show('online', words.online.replace('{id}', payload.accountId));
    fill();
  });
  made.on('connect_error', (error) => {
    if (made !== socket) return;
    const code = error.data ? error.data.code + ' · ' : '';
    show('refused', words.refused + ': ' + code + error.message);
  });
  made.on('disconnect', () => {
    if (made === socket) show('lost');
  });
}

function disconnect() {
  const last = socket;
  socket = undefined;
  if (last) last.disconnect();
  show('offline');
}

/** The example of the command, with a room of one's own and a key that is new. */
function fill() {
  const { says, example } = commands[sending.elements.command.value];
  const body = { ...example };
  if (roomId !== undefined && 'roomId' in body) body.roomId = roomId;
  if ('clientId' in body) body.clientId = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  sending.querySelector('.says').textContent = says;
  sending.elements.body.value = JSON.stringify(body, null, 2);
  mistake.textContent = '';
}

signIn.addEventListener('submit', async (event) => {
  event.preventDefault();
  disconnect();
  show('connecting');
  try {
    connect(await tokenOf(Object.fromEntries(new FormData(signIn))));
  } catch (error) {
    show('refused', error.message);
  }
});
document.getElementById('disconnect').addEventListener('click', disconnect);
sending.elements.command.addEventListener('change', fill);
sending.elements.body.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) sending.requestSubmit();
});
sending.addEventListener('submit', (event) => {
  event.preventDefault();
  if (!socket || !socket.connected) return;
  const name = sending.elements.command.value;
  let body;
  try {
    body = JSON.parse(sending.elements.body.value);
    mistake.textContent = '';
  } catch (error) {
    mistake.textContent = words.noJson + error.message;
    return;
  }
  const began = performance.now();
  write('command', name, body);
  socket.timeout(ACK_MS).emit(name, body, (late, ack) => {
    write('ack', name, late ? { ok: false, problem: words.unanswered } : ack, Math.round(performance.now() - began) + ' ms');
  });
});
filter.addEventListener('input', sift);
filter.addEventListener('submit', (event) => event.preventDefault());
document.getElementById('clear').addEventListener('click', () => {
  log.replaceChildren();
  sift();
});
fill();
`;
