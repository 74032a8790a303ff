/** The process lives. */
export class LivenessView {
  /** @example "ok" */
  status: 'ok';
}

/** What the service needs to work, and that it has it. */
export class ReadinessChecks {
  /**
   * The database answers.
   * @example "ok"
   */
  database: 'ok';
  /**
   * The schema is the one of this version.
   * @example "ok"
   */
  migrations: 'ok';
}

/** The node can serve requests. */
export class ReadinessView {
  /** @example "ok" */
  status: 'ok';
  checks: ReadinessChecks;
}
