/** The words of the socket contract that service and peers share, so that one driver measures all of them alike. */
export const wire = {
  event: 'message.send',
  fact: 'message.sent',
  /** Authentication payload of the Socket.IO handshake. */
  auth: (token: string) => ({ token }),
  request: (roomId: number, text: string, clientId: string) => ({ roomId, text, clientId }),
  sendPath: (roomId: number) => `/api/v1/rooms/${roomId}/messages`,
} as const;

/** The seq under which an ack says that the message was stored; undefined when it was refused. */
export function storedSeq(ack: string): number | undefined {
  const [answer] = JSON.parse(ack) as [{ ok?: boolean; message?: { seq?: number } }?];
  return answer?.ok === true ? answer.message?.seq : undefined;
}

/** Distinct ASCII text of the given length: what the rows and facts carry. */
export function textOf(length: number, sender: number, count: number): string {
  return `${sender} ${count} `.padEnd(length, 'lorem ipsum dolor sit amet, ');
}
