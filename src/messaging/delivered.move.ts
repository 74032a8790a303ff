/** Up to where a room has now reached a device of a member. */
export interface DeliveredMove {
  roomId: number;
  accountId: number;
  deliveredSeq: number;
}

/** A move, and the other members who may hear of it. */
export interface ToldMove extends DeliveredMove {
  hearers: number[];
}
