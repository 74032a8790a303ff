import { SetMetadata } from '@nestjs/common';

export const DIALECT = 'besedka:dialect';

/** Lets the operations of a controller take tokens of this dialect, and nothing else. */
export const TakesDialectToken = (dialect: string): ClassDecorator => SetMetadata(DIALECT, dialect);
