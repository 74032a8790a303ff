import { ForbiddenException, HttpException } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { Problem, type ProblemCode } from './problems.js';

/** The problem that an error of any layer is for the caller; what nobody foresaw becomes `server/internal`. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return ofDatabase(error) ?? ofFastify(error) ?? ofNest(error) ?? new Problem('server/internal');
}

/** Whether the database itself, not the statement, failed: nothing is known about the fate of a commit that was under way. */
export function isDatabaseAway(error: unknown): boolean {
  const code = databaseCode(error);
  if (code !== undefined && (/^(08|57P)/.test(code) || code === '53300' || AWAY.has(code))) return true;
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Driver not Connected|DataSource is not (set|initialized)|Cannot use a pool after calling end|already released/i.test(
      error.message,
    )
  );
}

/** The SQLSTATE or system code of a database error. */
export function databaseCode(error: unknown): string | undefined {
  const source = error instanceof QueryFailedError ? (error.driverError as unknown) : error;
  const code = (source as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

const AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND']);

function ofDatabase(error: unknown): Problem | undefined {
  if (isDatabaseAway(error)) return new Problem('server/unavailable', { retryAfter: 1 });
  const code = databaseCode(error);
  if (code === '53100') return new Problem('server/storage-full', { retryAfter: 5 });
  if (code === '57014' || code === '55P03') return new Problem('server/timeout', { retryAfter: 1 });
  if (code === '40P01' || code === '40001') return new Problem('server/unavailable', { retryAfter: 1 });
  return undefined;
}

const FASTIFY: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request/too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request/unsupported-media-type',
  FST_ERR_CTP_EMPTY_TYPE: 'request/unsupported-media-type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'request/malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'request/malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'request/malformed',
  FST_ERR_BAD_URL: 'route/not-found',
  FST_ERR_MAX_PARAM_LENGTH: 'route/not-found',
  FST_ERR_NOT_FOUND: 'route/not-found',
};

function ofFastify(error: unknown): Problem | undefined {
  const code = FASTIFY[(error as { code?: string } | null)?.code ?? ''];
  return code === undefined ? undefined : new Problem(code);
}

function ofNest(error: unknown): Problem | undefined {
  const status =
    error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number } | null)?.statusCode;
  switch (status) {
    case 400:
      return new Problem('request/invalid');
    case 401:
      return new Problem('auth/required');
    case 403:
      // The file server says so of addresses that climb out of its folder.
      return new Problem(error instanceof ForbiddenException ? 'role/insufficient' : 'route/not-found');
    case 404:
      return new Problem('route/not-found');
    case 405:
      return new Problem('route/method-not-allowed');
    case 408:
      return new Problem('request/timeout');
    case 413:
      return new Problem('request/too-large');
    case 415:
      return new Problem('request/unsupported-media-type');
    case 429:
      return new Problem('rate/limited');
    case 503:
      return new Problem('server/unavailable', { retryAfter: 1 });
    default:
      return undefined;
  }
}
