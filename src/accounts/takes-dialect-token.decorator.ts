import { SetMetadata } from '@nestjs/common';

export const DIALECT = 'besedka:dialect';

export interface DialectDoor {
  dialect: string;
  /** Whether user name and password are taken as well, by HTTP Basic. */
  basic: boolean;
}

/** Lets the operations of a controller take tokens of this dialect, `withBasic` HTTP Basic too, and nothing else. */
export const TakesDialectToken = (dialect: string, also?: 'withBasic'): ClassDecorator =>
  SetMetadata(DIALECT, { dialect, basic: also === 'withBasic' } satisfies DialectDoor);
