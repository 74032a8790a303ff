import { z } from 'zod';

/** How many within which time. */
export class Quota {
  constructor(
    readonly points: number,
    readonly seconds: number,
  ) {}

  /** As a setting has it. */
  toString(): string {
    const [size, unit] = UNITS.find(([each]) => this.seconds % each === 0)!;
    return `${this.points}/${this.seconds === size ? '' : this.seconds / size}${unit}`;
  }
}

const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
  [1, 's'],
] as const;

const FORM = /^([1-9]\d{0,8})\/([1-9]\d{0,3})?([smhd])$/;

const quota = z
  .string()
  .regex(FORM, 'must be a number and a time, such as 30/3s, 600/m or 10/15m')
  .transform((text) => {
    const [, points, count = '1', unit] = FORM.exec(text)!;
    return new Quota(Number(points), Number(count) * UNITS.find(([, name]) => name === unit)![0]);
  });

const anHour = z
  .string()
  .regex(/^[1-9]\d{0,6}$/, 'must be a whole number')
  .transform((text) => new Quota(Number(text), 3_600));

interface Limit {
  /** The setting that changes it. */
  readonly setting: string;
  readonly per: 'account' | 'key' | 'address' | 'account and address' | 'account and room';
  /** `bucket`: so many at once, then evenly. `window`: so many from the first on, then none until its time is over. */
  readonly kind: 'bucket' | 'window';
  readonly read: z.ZodType<Quota, string>;
  readonly byDefault: string;
  readonly says: string;
}

/**
 * Every limit on how often something may be done: one table, in which operations, commands and services name theirs. Windows guard secrets
 * and are counted over all nodes where there is a Redis; buckets guard the work of a node and are counted by each node alone.
 */
export const LIMITS = {
  send: {
    setting: 'BESEDKA_LIMIT_SEND',
    per: 'account',
    kind: 'bucket',
    read: quota,
    byDefault: '30/3s',
    says: 'Messages of one account over all doors, repetitions too.',
  },
  requests: {
    setting: 'BESEDKA_LIMIT_REQUESTS',
    per: 'account',
    kind: 'bucket',
    read: quota,
    byDefault: '600/m',
    says: 'Requests of one account that have no limit of their own, and commands on its sockets but `message.send`.',
  },
  integrator: {
    setting: 'BESEDKA_LIMIT_INTEGRATOR',
    per: 'key',
    kind: 'bucket',
    read: quota,
    byDefault: '6000/m',
    says: 'Requests by one API key, for whomever it acts; the messages it sends count as those of their author.',
  },
  anonymous: {
    setting: 'BESEDKA_LIMIT_ANONYMOUS',
    per: 'address',
    kind: 'bucket',
    read: quota,
    byDefault: '600/m',
    says: 'Requests of one address to what is open without signing in, such as signing in and refreshing tokens.',
  },
  search: {
    setting: 'BESEDKA_LIMIT_SEARCH',
    per: 'account',
    kind: 'bucket',
    read: quota,
    byDefault: '120/m',
    says: 'Searches of one account.',
  },
  'create-room': {
    setting: 'BESEDKA_LIMIT_CREATE_ROOM',
    per: 'account',
    kind: 'bucket',
    read: quota,
    byDefault: '30/10m',
    says: 'Rooms that one account makes.',
  },
  'open-direct': {
    setting: 'BESEDKA_LIMIT_OPEN_DIRECT',
    per: 'account',
    kind: 'bucket',
    read: quota,
    byDefault: '60/10m',
    says: 'Direct rooms that one account opens, new or known.',
  },
  'test-webhook': {
    setting: 'BESEDKA_LIMIT_TEST_WEBHOOK',
    per: 'account',
    kind: 'bucket',
    read: quota,
    byDefault: '30/m',
    says: 'Test events that one server has posted to its webhooks.',
  },
  handshake: {
    setting: 'BESEDKA_LIMIT_HANDSHAKE',
    per: 'address',
    kind: 'bucket',
    read: quota,
    byDefault: '300/m',
    says: 'Sockets that one address begins to open.',
  },
  register: {
    setting: 'BESEDKA_REGISTRATIONS_PER_HOUR',
    per: 'address',
    kind: 'window',
    read: anHour,
    byDefault: '20',
    says: 'Accounts that one address may register in an hour.',
  },
  'sign-in': {
    setting: 'BESEDKA_LIMIT_SIGN_IN',
    per: 'account and address',
    kind: 'window',
    read: quota,
    byDefault: '10/15m',
    says: 'Wrong passwords for one account from one address. Never by account alone, or anybody could lock anybody out.',
  },
  'sign-in-address': {
    setting: 'BESEDKA_LIMIT_SIGN_IN_ADDRESS',
    per: 'address',
    kind: 'window',
    read: quota,
    byDefault: '100/h',
    says: 'Wrong passwords from one address, for whichever accounts.',
  },
  'room-password': {
    setting: 'BESEDKA_LIMIT_ROOM_PASSWORD',
    per: 'account and room',
    kind: 'window',
    read: quota,
    byDefault: '5/15m',
    says: 'Wrong passwords of one account for one room.',
  },
  'rate-abuse': {
    setting: 'BESEDKA_LIMIT_RATE_ABUSE',
    per: 'account',
    kind: 'window',
    read: quota,
    byDefault: '1/15s',
    says: 'Sockets closed because they went on at three times a limit, after which the account opens none until this time is over.',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
type OfKind<Kind> = { [Name in LimitName]: (typeof LIMITS)[Name]['kind'] extends Kind ? Name : never }[LimitName];
export type BucketName = OfKind<'bucket'>;
export type WindowName = OfKind<'window'>;

type LimitSettings = {
  readonly [Name in LimitName as (typeof LIMITS)[Name]['setting']]: Pick<Limit, 'read' | 'byDefault' | 'says'>;
};

/** The settings of the limits, for the table of all settings. */
export const LIMIT_SETTINGS = Object.fromEntries(
  Object.values<Limit>(LIMITS).map(({ setting, read, byDefault, says }) => [setting, { read, byDefault, says }]),
) as unknown as LimitSettings;

/** The names of the limits of one kind. */
export function limitsOfKind<Kind extends 'bucket' | 'window'>(kind: Kind): OfKind<Kind>[] {
  return (Object.keys(LIMITS) as LimitName[]).filter((name) => LIMITS[name].kind === kind) as OfKind<Kind>[];
}
