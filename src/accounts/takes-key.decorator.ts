import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension, ApiHeader } from '@nestjs/swagger';

/** What a key may be good for. `act_as` is asked for beside the scope of the operation when the call names a person. */
export const SCOPES = [
  'users',
  'rooms',
  'messages:read',
  'messages:write',
  'act_as',
  'tokens',
  'webhooks',
  'moderation',
] as const;
export type Scope = (typeof SCOPES)[number];

export const KEY_SCOPE = 'besedka:key-scope';
export const KEY_SCOPE_EXTENSION = 'x-key-scope';

/** Opens an operation to API keys with this scope. Where it is missing, no key is accepted, whatever its scopes. */
export function TakesKey(scope: Scope): MethodDecorator {
  return applyDecorators(
    SetMetadata(KEY_SCOPE, scope),
    ApiExtension(KEY_SCOPE_EXTENSION, scope),
    ApiHeader({
      name: 'X-Act-As',
      required: false,
      description:
        'With an API key: for whom the server acts, by the id of the account, or `external:` and the id that the integrator knows the person by (percent-encoded). ' +
        'Asks for the scope `act_as`; the rules for that person hold. Without it the integrator acts as its own account. Without meaning beside an access token.',
      schema: { type: 'string', pattern: '^([1-9]\\d{0,15}|external:.{1,768})$', example: 'external:customer-4711' },
    }),
  );
}
