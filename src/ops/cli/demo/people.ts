import type { Role } from '../../../accounts/actor.js';
import type { GroupPreset } from '../../../rooms/policy.js';

export type DemoLanguage = 'en' | 'ru';

export interface DemoPerson {
  username: string;
  firstName: string;
  lastName: string;
  role: Role;
}

export interface DemoRoom {
  name: string;
  topic: string;
  preset: GroupPreset;
  owner: string;
  members: readonly string[];
  languages: readonly DemoLanguage[];
  messages: number;
}

const person = (username: string, firstName: string, lastName: string, role: Role = 'user'): DemoPerson => ({
  username,
  firstName,
  lastName,
  role,
});

export const PEOPLE: readonly DemoPerson[] = [
  person('root', 'Rosa', 'Ott', 'superuser'),
  person('mod', 'Милана', 'Орлова', 'moderator'),
  person('alice', 'Alice', 'Hart'),
  person('bob', 'Bob', 'Lindqvist'),
  person('carol', 'Carol', 'Mensah'),
  person('dave', 'Dave', 'Okafor'),
  person('erin', 'Erin', 'Walsh'),
  person('anna', 'Анна', 'Смирнова'),
  person('boris', 'Борис', 'Ковалёв'),
  person('vera', 'Вера', 'Лапина'),
  person('gleb', 'Глеб', 'Черных'),
  person('darya', 'Дарья', 'Юн'),
];

const ALL = PEOPLE.map(({ username }) => username);
const ENGLISH = ['alice', 'bob', 'carol', 'dave', 'erin'];
const RUSSIAN = ['anna', 'boris', 'vera', 'gleb', 'darya'];

/** One or more rooms of every preset. */
export const ROOMS: readonly DemoRoom[] = [
  {
    name: 'lobby',
    topic: 'Where everybody meets · Общий зал',
    preset: 'open',
    owner: 'mod',
    members: ALL,
    languages: ['en', 'ru'],
    messages: 900,
  },
  {
    name: 'workshop',
    topic: 'How things are built',
    preset: 'open',
    owner: 'alice',
    members: [...ENGLISH, 'gleb', 'darya'],
    languages: ['en'],
    messages: 450,
  },
  {
    name: 'книги',
    topic: 'Что читаем и советуем',
    preset: 'open',
    owner: 'vera',
    members: [...RUSSIAN, 'mod'],
    languages: ['ru'],
    messages: 450,
  },
  {
    name: 'vault',
    topic: 'Between us',
    preset: 'private',
    owner: 'bob',
    members: ['alice', 'bob', 'erin'],
    languages: ['en'],
    messages: 250,
  },
  {
    name: 'поход',
    topic: 'Маршрут, вещи, билеты',
    preset: 'private',
    owner: 'boris',
    members: ['anna', 'boris', 'gleb', 'carol'],
    languages: ['ru', 'en'],
    messages: 250,
  },
  {
    name: 'newsletter',
    topic: 'Drafts of the next issue',
    preset: 'closed',
    owner: 'root',
    members: ['root', 'carol', 'dave', 'anna', 'darya'],
    languages: ['en', 'ru'],
    messages: 250,
  },
  {
    name: 'дежурство',
    topic: 'Кто на смене',
    preset: 'roster',
    owner: 'root',
    members: ['root', 'mod', 'boris', 'gleb', 'dave'],
    languages: ['ru', 'en'],
    messages: 200,
  },
];

/** Direct rooms; somebody with himself keeps notes. */
export const DIRECT_ROOMS: readonly { pair: readonly [string, string]; language: DemoLanguage; messages: number }[] = [
  { pair: ['alice', 'bob'], language: 'en', messages: 120 },
  { pair: ['anna', 'boris'], language: 'ru', messages: 120 },
  { pair: ['carol', 'darya'], language: 'en', messages: 60 },
  { pair: ['vera', 'gleb'], language: 'ru', messages: 60 },
  { pair: ['erin', 'mod'], language: 'en', messages: 30 },
  { pair: ['alice', 'alice'], language: 'en', messages: 20 },
];
