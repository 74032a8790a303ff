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
