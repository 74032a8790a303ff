import {
  isSuccess,
  type OpenApiDocument,
  operationsOf,
  type Operation,
  type Parameter,
  resolved,
  type Schema,
} from './openapi-document.js';

/** Says in schemas what types cannot: numbers are whole, instants are date-times, request bodies take no unknown field, ids are ids. */
export function refineSchemas(document: OpenApiDocument): void {
  for (const schema of Object.values(document.components.schemas)) visit(schema, refine);
  for (const { path, operation } of operationsOf(document)) {
    for (const parameter of operation.parameters ?? []) {
      visit(parameter.schema, refine);
      if (parameter.in === 'path') describeId(parameter, path);
    }
    for (const media of Object.values(operation.requestBody?.content ?? {})) close(document, media.schema);
  }
}

/** Gives every request body and every successful answer an example put together from those of its fields. */
export function addExamples(document: OpenApiDocument): void {
  for (const { operation } of operationsOf(document)) {
    for (const media of mediaOf(operation)) {
      if (media.examples === undefined) media.example ??= exampleOf(document, media.schema);
    }
    describeLines(operation);
  }
}

/** A list that is also taken as lines is a text there. */
function describeLines({ requestBody }: Operation): void {
  const lines = requestBody?.content['application/x-ndjson'];
  if (!lines) return;
  const { items = [] } = lines.example as { items?: object[] };
  lines.schema = { type: 'string', description: 'What `items` has in JSON, one a line, in up to a mebibyte.' };
  lines.example = items.map((item) => `${JSON.stringify(item)}\n`).join('');
}

function mediaOf(operation: Operation) {
  const answers = Object.entries(operation.responses).filter(([status]) => isSuccess(status));
  return [operation.requestBody, ...answers.map(([, answer]) => answer)].flatMap((part) =>
    Object.values(part?.content ?? {}),
  );
}

function visit(schema: Schema, change: (schema: Schema, name?: string) => void, name?: string): void {
  change(schema, name);
  const { properties = {}, items, anyOf = [], oneOf = [], allOf = [], additionalProperties } = schema;
  for (const [property, part] of Object.entries(properties)) visit(part, change, property);
  for (const part of [...anyOf, ...oneOf, ...allOf]) visit(part, change);
  if (items) visit(items, change);
  if (typeof additionalProperties === 'object') visit(additionalProperties, change);
}

function refine(schema: Schema, name = ''): void {
  if (schema.type === 'number') schema.type = 'integer';
  else if (Array.isArray(schema.type)) schema.type = schema.type.map((type) => (type === 'number' ? 'integer' : type));
  if (/[a-z]At$/.test(name) && [schema.type].flat().includes('string')) schema.format ??= 'date-time';
}

function close(document: OpenApiDocument, schema: Schema): void {
  const body = resolved(document, schema);
  if (body.type === 'object' && body.properties) body.additionalProperties ??= false;
  for (const part of [...Object.values(body.properties ?? {}), ...(body.oneOf ?? []), ...(body.anyOf ?? [])])
    close(document, part);
  if (body.items) close(document, body.items);
}

function describeId(parameter: Parameter, path: string): void {
  const before = path.split('/').at(path.split('/').indexOf(`{${parameter.name}}`) - 1) ?? '';
  const noun = parameter.name === 'id' ? before.replace(/s$/, '') : parameter.name.replace(/Id$/, '');
  if (parameter.schema.type !== 'integer') return;
  parameter.description ??= `Id of the ${noun}.`;
  parameter.schema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
  parameter.example ??= 17;
}

/** An example of a schema; null where a field may be null and has none. */
export function exampleOf(document: OpenApiDocument, schema: Schema): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref) return exampleOf(document, resolved(document, schema));
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.properties) return exampleOfObject(document, schema.properties, schema.required ?? []);
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0] ?? schema.allOf?.[0];
  if (choice) return exampleOf(document, choice);
  if (schema.items) return [exampleOf(document, schema.items)];
  const types = [schema.type].flat();
  if (types.includes('null')) return null;
  if (schema.enum) return schema.enum[0];
  if (types.includes('integer')) return schema.minimum ?? 1;
  if (types.includes('boolean')) return false;
  return types.includes('object') ? {} : 'text';
}

/** Optional fields without an example of their own are left out: they are those that few callers need. */
function exampleOfObject(document: OpenApiDocument, properties: Record<string, Schema>, required: string[]): object {
  const shown = Object.entries(properties).filter(
    ([name, part]) => required.includes(name) || part.example !== undefined,
  );
  return Object.fromEntries(shown.map(([name, part]) => [name, exampleOf(document, part)]));
}
