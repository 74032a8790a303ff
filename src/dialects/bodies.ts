import { parse } from 'node:querystring';
import { parseJson, structureMistake } from '../platform/json-body.js';
import { Problem } from '../platform/problems.js';
import type { DrfTexts } from './drf.texts.js';

/** A field of a form, which may have come several times: where one value is wanted the last one counts, where a list is wanted all. */
export class FormValues {
  constructor(readonly all: readonly unknown[]) {}
}

/** The fields of a body: JSON of at most so many values, or the FormValues of a form, also of one in several parts. */
export function readBody(contentType: string, body: Buffer, texts: DrfTexts, mostValues?: number): unknown {
  if (body.length === 0) return {};
  if (/^multipart\//i.test(contentType)) return fieldsOfParts(contentType, body);
  if (/urlencoded/i.test(contentType)) return fieldsOfForm(body, texts);
  try {
    return parseJson(body, mostValues);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'request/malformed') throw malformed('JSON parse error - the body is not valid JSON in UTF-8');
    if (error.code !== 'request/invalid') throw error;
    throw new Problem('request/invalid', {
      errors: [{ pointer: '#', message: texts.noObject.replace('%', 'another type') }],
    });
  }
}

function fieldsOfForm(body: Buffer, texts: DrfTexts): Record<string, FormValues> {
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
  return gathered(Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const)));
}

/** Fields only: whoever sends a file where a text belongs has sent no text. */
async function fieldsOfParts(contentType: string, body: Buffer): Promise<Record<string, FormValues>> {
  if (utf8(body) === undefined) throw malformed('Multipart form parse error - not in UTF-8');
  try {
    const parts = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
    return gathered([...parts].map(([name, value]) => [name, typeof value === 'string' ? value : false] as const));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw malformed('Multipart form parse error - Invalid boundary in multipart');
  }
}

function gathered(entries: readonly (readonly [string, unknown])[]): Record<string, FormValues> {
  const fields = Object.create(null) as Record<string, unknown[]>;
  for (const [name, value] of entries) (fields[name] ??= []).push(value);
  if (structureMistake(fields)) throw new Problem('request/too-complex');
  const values = Object.create(null) as Record<string, FormValues>;
  for (const [name, all] of Object.entries(fields)) values[name] = new FormValues(all);
  return values;
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
