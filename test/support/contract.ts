import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { Answer } from './http.js';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: object }>; 'x-codes'?: string[] }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, { type?: string; properties?: object; additionalProperties?: boolean | object }>;
  };
}

const documents = new Map<string, Promise<{ document: Document; ajv: Ajv2020 }>>();
const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;

/** Fails when an answer of the API is not what the OpenAPI document of the same server promises for that operation and status. */
export async function checkAnswer(origin: string, method: string, path: string, answer: Answer): Promise<void> {
  if (!path.startsWith('/api/v1/')) return;
  const { document, ajv } = await (documents.get(origin) ?? load(origin));
  const found = operationOf(document, method, path);
  if (!found) {
    if (answer.status === 404 || answer.status === 405) return;
    throw new Error(`${method} ${path} answers ${answer.status} but stands in no document`);
  }
  const described = found.operation.responses[String(answer.status)];
  if (!described)
    throw new Error(
      `${method} ${found.template} answers ${answer.status} ${answer.text.slice(0, 200)}, which its document does not declare`,
    );
  const code = (answer.body as { code?: string } | null)?.code;
  if (answer.status >= 400 && (!code || !described['x-codes']?.includes(code)))
    throw new Error(`${method} ${found.template} answers the problem ${code}, which its document does not declare`);
  const media = Object.entries(described.content ?? {})[0];
  if (!media) {
    if (answer.text !== '')
      throw new Error(`${method} ${found.template} ${answer.status} has a body, its document none`);
    return;
  }
  const pointer = [
    '',
    'paths',
    found.template,
    method.toLowerCase(),
    'responses',
    String(answer.status),
    'content',
    media[0],
    'schema',
  ]
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = ajv.getSchema(`api#${pointer}`);
  if (!validate) throw new Error(`${method} ${found.template} ${answer.status} has no schema`);
  if (!validate(answer.body))
    throw new Error(
      `${method} ${found.template} ${answer.status} is not as documented: ${ajv.errorsText(validate.errors)} in ${answer.text.slice(0, 500)}`,
    );
}

function load(origin: string) {
  const loading = (async () => {
    const document = (await (await fetch(`${origin}/docs/openapi.json`)).json()) as Document;
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(ajv);
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      // Answers are built by allow-list: a field that the document does not know is a leak. Problems carry facts of their code.
      if (schema.type === 'object' && schema.properties && name !== 'Problem') schema.additionalProperties ??= false;
    }
    ajv.addSchema(document, 'api');
    return { document, ajv };
  })();
  documents.set(origin, loading);
  return loading;
}

function operationOf(
  document: Document,
  method: string,
  path: string,
): { template: string; operation: Operation } | undefined {
  const bare = path.length > 1 ? path.replace(/\/$/, '') : path;
  const candidates = Object.keys(document.paths)
    .filter((template) => new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(bare))
    .sort((a, b) => a.split('{').length - b.split('{').length);
  for (const template of candidates) {
    const operation = document.paths[template]?.[method.toLowerCase()];
    if (operation) return { template, operation };
  }
  return undefined;
}
