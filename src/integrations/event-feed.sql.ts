/** The integrator to which an account belongs: as one of its people, or as the account by which it acts itself. `account` is an expression. */
export const integratorOf = (account: string): string =>
  `(SELECT coalesce(a.integrator_id, own.id) FROM accounts a LEFT JOIN integrators own ON own.account_id = a.id WHERE a.id = ${account})`;

/**
 * The integrators whose room this is, as an array: of a group those who own it or have somebody in it, of a direct room the one to which both
 * belong. What others say to one another is nobody's. `r` is a row of rooms.
 */
export const integratorsOf = (r: string): string => `
  CASE WHEN ${r}.kind = 'direct' THEN
    CASE WHEN ${integratorOf(`${r}.direct_low`)} = ${integratorOf(`${r}.direct_high`)} THEN ARRAY[${integratorOf(`${r}.direct_low`)}] ELSE '{}' END
  ELSE ARRAY(
    SELECT i.id FROM integrators i WHERE i.account_id = ${r}.owner_id
      OR EXISTS (SELECT 1 FROM members m WHERE m.room_id = ${r}.id AND m.account_id = i.account_id)
      OR EXISTS (SELECT 1 FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.room_id = ${r}.id AND a.integrator_id = i.id))
  END`;

/** Whether the integrator `i` may be told anything: it has a good key for webhooks, and its account is not shut out. */
export const isEntitled = (i: string): string => `
  EXISTS (SELECT 1 FROM api_keys k WHERE k.integrator_id = ${i}.id AND 'webhooks' = ANY (k.scopes) AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp()))
    AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = ${i}.account_id AND b.room_id IS NULL AND b.mode = 'full'
      AND b.lifted_at IS NULL AND (b.expires_at IS NULL OR b.expires_at > clock_timestamp()))`;
