import { SetMetadata } from '@nestjs/common';

export const PUBLIC = 'besedka:public';

/** Opens an operation to callers who are not signed in; all others need a valid access token. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);
