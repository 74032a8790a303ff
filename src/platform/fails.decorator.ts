import { ApiExtension } from '@nestjs/swagger';
import type { ProblemCode } from './problems.js';

export const FAILS = 'x-problems';

/** Declares the problem codes that this operation itself may answer, beyond those common to all; an undeclared one fails the tests. */
export function Fails(...codes: [ProblemCode, ...ProblemCode[]]): MethodDecorator {
  return ApiExtension(FAILS, codes) as MethodDecorator;
}
