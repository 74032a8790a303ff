import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { Database } from '../platform/database.js';
import { IdPipe } from '../platform/id.pipe.js';
import { RoomAccess } from './room.access.js';

/** Lets pass who may read the room named by `roomId`, or else `id`, in the path: its members, and others as its policy says. */
@Injectable()
export class MemberGuard implements CanActivate {
  private readonly ids = new IdPipe();

  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { user, params } = context.switchToHttp().getRequest<{ user?: Actor; params: Record<string, string> }>();
    if (!user) throw new Error('MemberGuard on a public operation');
    const name = 'roomId' in params ? 'roomId' : 'id';
    await this.access.access(
      this.database,
      user,
      this.ids.transform(params[name] ?? '', { type: 'param', data: name }),
      'read',
    );
    return true;
  }
}
