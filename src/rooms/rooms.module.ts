import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { DirectController } from './direct.controller.js';
import { ForeignRoomRepository } from './foreign-room.repository.js';
import { ForeignRooms } from './foreign-rooms.service.js';
import { JoinAttempts } from './join-attempts.service.js';
import { MemberGuard } from './member.guard.js';
import { MemberRepository } from './member.repository.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { RoomAccess } from './room.access.js';
import { RoomListRepository } from './room-list.repository.js';
import { RoomRepository } from './room.repository.js';
import { RoomsController } from './rooms.controller.js';
import { RoomsService } from './rooms.service.js';
import { Rosters } from './rosters.service.js';
import { SlowModeRepository } from './slow-mode.repository.js';

@Module({
  imports: [AccountsModule],
  controllers: [RoomsController, MembersController, DirectController],
  providers: [
    RoomRepository,
    RoomListRepository,
    MemberRepository,
    SlowModeRepository,
    RoomAccess,
    MemberGuard,
    JoinAttempts,
    RoomsService,
    MembersService,
    Rosters,
    ForeignRoomRepository,
    ForeignRooms,
  ],
  exports: [RoomAccess, MemberGuard, RoomsService, MembersService, Rosters, ForeignRooms],
})
export class RoomsModule {}
