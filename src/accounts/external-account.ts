/** An account by its id, or by the id that an integrator knows the person by. */
export type WhichAccount = { accountId: number } | { integratorId: number; externalId: string };

/** What an integrator says of a person; what is left out stays as it is. */
export interface ExternalProfile {
  username?: string;
  firstName?: string;
  lastName?: string;
  phone?: string;
  address?: string;
}

export interface ExternalIdentity {
  /** Null for the integrator's own account, whose row is written before the integrator's. */
  integratorId: number | null;
  /** Null for guests and for the integrator's own account. */
  externalId: string | null;
  guest: boolean;
}
