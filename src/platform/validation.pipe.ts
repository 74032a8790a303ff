import { type ArgumentMetadata, ValidationPipe, type ValidationError } from '@nestjs/common';
import { structureMistake } from './json-body.js';
import { Problem } from './problems.js';

/** class-validator over request DTOs: unknown fields are refused, nothing is converted, every mistake has a JSON pointer. */
export function requestValidation(): ValidationPipe {
  return new ExactValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false, exposeUnsetFields: false },
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new Problem('request/invalid', { errors: pointers(errors) }),
  });
}

/** Leaves path parameters to their own pipes: `0x10` and `1e3` must not turn into ids on the way. Queries are held to the names of bodies. */
class ExactValidationPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'query' && structureMistake(value))
      throw new Problem('request/invalid', { errors: [{ pointer: '#', message: 'has a name that is not allowed' }] });
    return super.transform(value, metadata);
  }

  protected override transformPrimitive(value: unknown): unknown {
    return value;
  }
}

function pointers(errors: readonly ValidationError[], path = '#'): { pointer: string; message: string }[] {
  return errors.flatMap((error) => {
    // A list where an object is expected has mistakes of its own, which name no property.
    const property = error.property as string | undefined;
    const pointer =
      property === undefined ? path : `${path}/${property.replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 64)}`;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      pointer,
      message: rule === 'whitelistValidation' ? 'is not a known field' : message,
    }));
    return [...own, ...pointers(error.children ?? [], pointer)];
  });
}
