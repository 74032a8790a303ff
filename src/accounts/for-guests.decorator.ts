import { SetMetadata } from '@nestjs/common';

export const FOR_GUESTS = 'besedka:for-guests';

/** Opens an operation to guests, who are nowhere but in the rooms that an integrator brought them into; all others refuse them. */
export const ForGuests = (): MethodDecorator => SetMetadata(FOR_GUESTS, true);
