import type { GroupPreset } from '../../../rooms/policy.js';
import type { Row, Table } from './source.js';

/** A person as one server keeps him. */
export interface SourcePerson {
  username: string;
  email?: string;
  firstName?: string;
  lastName?: string;
  phone?: string;
  address?: string;
  passwordHash?: string;
  /** Whether he may still sign in there. */
  active: boolean;
  staff: boolean;
  superuser: boolean;
  joinedAt: string | null;
}

export interface SourceRoom {
  name: string;
  link?: string;
  capacity?: number | null;
  password?: string | null;
  createdAt: string | null;
}

export interface SourceMessage {
  author: number | null;
  text: string;
  sentAt: string | null;
  /** The ids of the other server; both null is nobody's. */
  room: number | null;
  person: number | null;
}

/** Where a server keeps what, and what it becomes here. */
export interface Blueprint {
  people: Table & { read(row: Row): SourcePerson };
  rooms?: Table & { preset: GroupPreset; uniqueName: boolean; read(row: Row): SourceRoom };
  /** `read` answers undefined for who has left. */
  members?: Table & { read(row: Row): { room: number; person: number } | undefined };
  messages: Table & { read(row: Row): SourceMessage };
  /** Whether those who are staff there do here what moderators do. */
  staffModerates: boolean;
  /** Whether a room is what its two members, or one by himself, have between them. */
  isDirect?(name: string, usernames: readonly string[]): boolean;
}

export const text = (row: Row, column: string): string => (row[column] as string | null) ?? '';
export const time = (row: Row, column: string): string | null => row[column] as string | null;
export const integer = (row: Row, column: string): number | null => row[column] as number | null;
