import { SetMetadata } from '@nestjs/common';

export const FOR_SERVERS = 'besedka:for-servers';

/**
 * Opens the operations of a controller to servers that may act for others, and to nobody else; one operation of a dialect to them besides those
 * with its token. They name in the request for whom they act; `IntegratorDoor.actorFor` makes an actor of him.
 */
export const ForServers = (): ClassDecorator & MethodDecorator => SetMetadata(FOR_SERVERS, true);
