import { parse } from 'node:querystring';
import { parseJson, structureMistake } from '../platform/json-body.js';
import { Problem } from '../platform/problems.js';
import type { DrfTexts } from './drf.texts.js';

/** The fields of a body: JSON, a form, or a form in several parts. Of a repeated field the last one counts. */
export function readBody(contentType: string, body: Buffer, texts: DrfTexts): unknown {
  if (body.length === 0) return {};
  if (/^multipart\//i.test(contentType)) return fieldsOfParts(contentType, body);
  if (/urlencoded/i.test(contentType)) return fieldsOfForm(body, texts);
  try {
    return parseJson(body);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'request/malformed') throw malformed('JSON parse error - the body is not valid JSON in UTF-8');
    if (error.code !== 'request/invalid') throw error;
    throw new Problem('request/invalid', {
      errors: [{ pointer: '#', message: texts.noObject.replace('%', 'another type') }],
    });
  }
}

function fieldsOfForm(body: Buffer, texts: DrfTexts): Record<string, unknown> {
  let broken = false;
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      broken = true;
      return '';
    }
  };
  const text = utf8(body);
  const fields = text === undefined ? {} : parse(text, '&', '=', { maxKeys: 500, decodeURIComponent: decode });
  if (text === undefined || broken) throw malformed(texts.malformed);
  return lastOf(Object.entries(fields).map(([name, value]) => [name, [value].flat().at(-1)]));
}

/** Fields only: whoever sends a file where a text belongs has sent no text. */
async function fieldsOfParts(contentType: string, body: Buffer): Promise<Record<string, unknown>> {
  if (utf8(body) === undefined) throw malformed('Multipart form parse error - not in UTF-8');
  try {
    const parts = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
    return lastOf([...parts].map(([name, value]) => [name, typeof value === 'string' ? value : false]));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw malformed('Multipart form parse error - Invalid boundary in multipart');
  }
}

function lastOf(entries: [string, unknown][]): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of entries) fields[name] = value;
  if (structureMistake(fields)) throw new Problem('request/too-complex');
  return fields;
}

function utf8(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function malformed(detail: string): Problem {
  return new Problem('request/malformed', { detail });
}
