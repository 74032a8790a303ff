import type { Answer, History, Send } from './history.js';
import type { KnownTexts } from './known-texts.js';
import type { Violation } from './violation.js';

interface Accepted {
  send: Send;
  answer: Answer;
}

/** Whether the acknowledgements of each message agree, and their seqs follow the order in which messages were sent. */
export function checkAnswers(history: History, texts: KnownTexts): Violation[] {
  const accepted: Accepted[] = [];
  const violations: Violation[] = [];
  for (const send of history.sends) {
    violations.push(...checkAgreement(send, texts));
    if (send.forbidden && send.outcome === 'ok')
      violations.push({
        kind: 'admitted',
        says: `message ${send.clientId} of ${send.authorId}, who may not write to room ${send.roomId}, was accepted`,
      });
    const answer = send.answers.find(({ duplicate }) => !duplicate);
    if (answer) accepted.push({ send, answer });
  }
  return [...violations, ...checkConnections(accepted), ...checkRealTime(accepted)];
}

function checkAgreement({ authorId, roomId, clientId, answers }: Send, texts: KnownTexts): Violation[] {
  const violations: Violation[] = [];
  const [first] = answers;
  for (const answer of answers) {
    const name = `answer to message ${clientId} of ${authorId}`;
    if (answer.authorId !== authorId)
      violations.push({ kind: 'wrong-author', says: `${name} says ${answer.authorId}` });
    if (answer.roomId !== roomId || answer.clientId !== clientId || !texts.isPossible(answer, answer.text))
      violations.push({ kind: 'changed', says: `${name} is ${JSON.stringify(answer)}` });
    if (answer.id !== first!.id || answer.seq !== first!.seq)
      violations.push({ kind: 'duplicated', says: `${name} says once seq ${first!.seq}, once seq ${answer.seq}` });
  }
  const news = answers.filter(({ duplicate }) => !duplicate).length;
  if (news > 1)
    violations.push({ kind: 'duplicated', says: `message ${clientId} of ${authorId} was accepted ${news} times` });
  return violations;
}

/** What one connection was given first stands first in its room. */
function checkConnections(accepted: readonly Accepted[]): Violation[] {
  const violations: Violation[] = [];
  const newest = new Map<string, Answer>();
  const inOrder = accepted.map(({ answer }) => answer).sort((a, b) => a.connection - b.connection || a.place - b.place);
  for (const answer of inOrder) {
    const line = `${answer.connection} ${answer.roomId}`;
    const before = newest.get(line);
    if (before && answer.seq < before.seq)
      violations.push({
        kind: 'out-of-order',
        says: `connection ${answer.connection} sent ${answer.clientId} after ${before.clientId}, but room ${answer.roomId} has them at ${answer.seq} and ${before.seq}`,
      });
    else newest.set(line, answer);
  }
  return violations;
}

/** What was acknowledged before another message was begun stands before it in their room, whoever sent them. */
function checkRealTime(accepted: readonly Accepted[]): Violation[] {
  const violations: Violation[] = [];
  const answered = accepted.toSorted((a, b) => a.answer.at - b.answer.at);
  const newest = new Map<number, Answer>();
  let next = 0;
  for (const { send, answer } of accepted.toSorted((a, b) => a.send.begunAt - b.send.begunAt)) {
    for (; next < answered.length && answered[next]!.answer.at < send.begunAt; next++) {
      const earlier = answered[next]!.answer;
      if (earlier.seq > (newest.get(earlier.roomId)?.seq ?? 0)) newest.set(earlier.roomId, earlier);
    }
    const before = newest.get(answer.roomId);
    if (before && answer.seq < before.seq)
      violations.push({
        kind: 'out-of-order',
        says: `message ${answer.clientId} has seq ${answer.seq} of room ${answer.roomId}, but ${before.clientId}, acknowledged before it was sent, has ${before.seq}`,
      });
  }
  return violations;
}
