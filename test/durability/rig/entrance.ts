/** Where clients come in: one server, or a balancer before several. */
export interface Entrance {
  /** Grows with each start and each kill: what was asked in one generation is answered in the same one or never. */
  readonly generation: number;
  /** Where to connect at this moment. */
  readonly port: number;
  /** Resolves when somebody takes connections. */
  up(): Promise<void>;
}
