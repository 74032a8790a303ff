import type { PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { Problem } from './problems.js';

/** Reads a value by a zod schema; what does not fit is a `request/invalid` that names each mistake. Many times cheaper than class-validator. */
export class SchemaPipe<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(private readonly schema: Schema) {}

  transform(value: unknown): z.output<Schema> {
    const result = this.schema.safeParse(value);
    if (result.success) return result.data;
    throw new Problem('request/invalid', { errors: result.error.issues.flatMap(mistakesIn) });
  }
}

function mistakesIn(issue: z.core.$ZodIssue): { pointer: string; message: string }[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ pointer: pointerTo([...issue.path, key]), message: 'is not a known field' }));
  return [{ pointer: pointerTo(issue.path), message: issue.message }];
}

function pointerTo(path: readonly PropertyKey[]): string {
  return `#${path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 64)}`).join('')}`;
}
