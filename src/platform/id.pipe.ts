import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { Problem } from './problems.js';

const ID = /^[1-9]\d{0,15}$/;

/** The id written in an address: a decimal integer from 1 to 2^53 − 1 in its only spelling. */
export function parseId(text: unknown): number | undefined {
  if (typeof text !== 'string' || !ID.test(text)) return undefined;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Reads an id from the path; anything else is a 400 that names the parameter. */
@Injectable()
export class IdPipe implements PipeTransform<string, number> {
  transform(value: string, metadata: ArgumentMetadata): number {
    const id = parseId(value);
    if (id === undefined)
      throw new Problem('request/invalid', {
        errors: [{ pointer: `#/${metadata.data ?? 'id'}`, message: 'must be an integer from 1 to 9007199254740991' }],
      });
    return id;
  }
}
