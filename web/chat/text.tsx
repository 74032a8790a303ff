import { me } from '../shared/session.js';

const PARTS = /(https?:\/\/[^\s<>"']+|(?<![\p{L}\p{N}_])@[\p{L}\p{N}_.-]+)/gu;
const TRAILING = /[.,;:!?)\]}»]+$/;

/** The text of a message as text: addresses become links, one's own name is marked, and nothing in it becomes markup. */
export function Text({ text }: { text: string }) {
  return <>{text.split(PARTS).map((part, index) => (index % 2 ? <Part key={index} part={part} /> : part))}</>;
}

function Part({ part }: { part: string }) {
  if (part.startsWith('@')) {
    const mine = part.slice(1).toLowerCase() === me.value?.username.toLowerCase();
    return mine ? <mark>{part}</mark> : <>{part}</>;
  }
  const tail = TRAILING.exec(part)?.[0] ?? '';
  const address = part.slice(0, part.length - tail.length);
  if (!URL.canParse(address)) return <>{part}</>;
  return (
    <>
      <a href={address} target="_blank" rel="noopener noreferrer nofollow">
        {address}
      </a>
      {tail}
    </>
  );
}
