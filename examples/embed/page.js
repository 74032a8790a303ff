const main = document.querySelector('main');
const form = document.querySelector('form');

const { name } = await post('me', undefined, 'GET');
if (name) showChat();
else form.hidden = false;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { problem } = await post('login', Object.fromEntries(new FormData(form)));
  if (problem) form.querySelector('[role=alert]').textContent = problem;
  else showChat();
});

function showChat() {
  form.hidden = true;
  const chat = document.createElement('besedka-room');
  chat.server = main.dataset.service;
  chat.room = Number(main.dataset.room);
  // Asked whenever a token is needed: at first, and before the last one runs out.
  chat.tokenProvider = async () => (await post('token')).token;
  main.append(chat);
}

async function post(path, body, method = 'POST') {
  const answer = await fetch(path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  return answer.json();
}
