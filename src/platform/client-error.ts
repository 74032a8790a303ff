import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Refusal } from './manner.js';
import { metrics } from './metrics.js';
import { Problem, viewOfProblem } from './problems.js';

/** Answers, as a problem too, what could not even be read as an HTTP request, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET') socket.destroy(error);
  else endWithProblem(socket, problemOf(error.code));
}

/** Writes a refusal where there is a connection but no reply to write it with, and closes; as a problem, or as it looks in a foreign manner. */
export function endWithProblem(socket: Socket, problem: Problem, foreign?: Refusal): void {
  if (!socket.writable) return void socket.destroy();
  const requestId = randomUUID();
  metrics.problems.inc({ code: problem.code, door: 'http' });
  const body = JSON.stringify(foreign?.body ?? viewOfProblem(problem, requestId));
  const status = foreign?.status ?? problem.status;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: application/${foreign ? '' : 'problem+'}json; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...(problem.facts.retryAfter === undefined ? [] : [`Retry-After: ${Math.ceil(problem.facts.retryAfter)}`]),
    ...Object.entries(foreign?.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function problemOf(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request/timeout');
  const detail = code === 'HPE_HEADER_OVERFLOW' ? 'The headers are too large.' : 'This is not a request of HTTP/1.1.';
  return new Problem('request/invalid', { detail });
}
