/** Checks that the acknowledged seqs of each room are distinct and without holes, without keeping them. */
export class SeqCheck {
  private readonly rooms = new Map<number, { count: number; sum: number; least: number; most: number }>();

  add(roomId: number, seq: number): void {
    const room = this.rooms.get(roomId);
    if (!room) {
      this.rooms.set(roomId, { count: 1, sum: seq, least: seq, most: seq });
      return;
    }
    room.count++;
    room.sum += seq;
    room.least = Math.min(room.least, seq);
    room.most = Math.max(room.most, seq);
  }

  /** Throws unless every room's seqs are exactly least…most. */
  assertWhole(): void {
    for (const [roomId, { count, sum, least, most }] of this.rooms) {
      const whole = most - least + 1 === count && sum === ((least + most) * count) / 2;
      if (!whole)
        throw new Error(`Room ${roomId}: ${count} acknowledged seqs between ${least} and ${most} are not one of each`);
    }
  }
}
