const DETAIL = {
  type: 'object',
  required: ['detail'],
  additionalProperties: false,
  properties: { detail: { type: 'string', description: 'What is wrong, for people.' } },
};
const FIELD_ERRORS = {
  type: 'object',
  minProperties: 1,
  description: 'What is wrong with each field; `non_field_errors` for the whole.',
  additionalProperties: { type: 'array', items: { type: 'string' } },
};

const SAYS: Record<number, string> = {
  400: 'A field or the whole body has a mistake.',
  401: 'Nobody is signed in, or the account is blocked.',
  403: 'Not allowed.',
  404: 'Not found.',
  409: 'Not possible as things stand.',
  413: 'The body is too large.',
  415: 'The body is of no type that is read here.',
  429: 'Too much at once; `Retry-After` says when to come again.',
  503: 'Not at this moment; `Retry-After` says when to come again.',
};

/** An answer with this body. */
export function jsonAnswer(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } };
}

/** The refusals of an operation as Django REST framework has them. */
export function refusals(...statuses: number[]): Record<string, object> {
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      jsonAnswer(SAYS[status]!, status === 400 ? { anyOf: [DETAIL, FIELD_ERRORS] } : DETAIL),
    ]),
  );
}

/** A body that is read as JSON and as a form of either kind. */
export function inAnyForm(schema: object): object {
  return {
    content: {
      'application/json': { schema },
      'application/x-www-form-urlencoded': { schema },
      'multipart/form-data': { schema },
    },
  };
}

/** An id in the address. */
export function idInPath(description: string): object {
  return { name: 'id', in: 'path', required: true, description, schema: { type: 'string', example: '17' } };
}

/** An object that has these fields and no others. */
export function answerOf(properties: Record<string, object>): object {
  return { type: 'object', required: Object.keys(properties), additionalProperties: false, properties };
}

export const UTC_TIME = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?Z$',
  description: 'When it was stored; a fraction that is zero is left out.',
  example: '2026-11-20T18:04:11.512000Z',
};

/** The token of a dialect, and user name and password in its place. */
export const TOKEN_OR_BASIC = {
  security: [{ token: [] }, { basic: [] }],
  components: {
    securitySchemes: {
      token: {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description: '`Token` and the 40 hexadecimal digits of a token.',
      },
      basic: {
        type: 'http',
        scheme: 'basic',
        description:
          'User name and password at every call: slower than a token, and never from the page of another site.',
      },
    },
  },
};
