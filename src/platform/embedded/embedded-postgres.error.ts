export type EmbeddedPostgresProblem =
  'in_use' | 'unsupported_platform' | 'other_major_version' | 'start_failed' | 'permissions';

/** Why the embedded server did not start; `message` says what is wrong and the remedy. */
export class EmbeddedPostgresError extends Error {
  constructor(
    readonly code: EmbeddedPostgresProblem,
    message: string,
  ) {
    super(message);
    this.name = 'EmbeddedPostgresError';
  }
}
