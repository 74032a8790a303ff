import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/expect.js';
import type { Case, CaseAnswer } from './case-runner.js';
import type { RawClient } from './raw-client.js';

/** What is done with the sockets of a case, which go by names. */
export interface SocketStep {
  open?: string;
  auth?: Case['request']['auth'];
  expect?: 'refused';
  send?: string;
  json?: unknown;
  raw?: string;
  recv?: string;
  schema?: object;
  values?: Record<string, unknown>;
  silence?: string;
  closed_or_silent?: string;
  http?: Case['request'];
  status?: number | number[];
}

interface Stage {
  open(auth: Case['request']['auth']): Promise<RawClient>;
  ask(request: Case['request']): Promise<CaseAnswer>;
  look(frame: unknown, expected: Record<string, unknown>): void;
}

/** Frames that somebody should not hear have this long to come. */
const SILENCE_MS = 300;

export async function playSteps(steps: readonly SocketStep[], stage: Stage): Promise<void> {
  const clients = new Map<string, RawClient>();
  try {
    for (const step of steps) await playStep(step, stage, clients);
  } finally {
    for (const client of clients.values()) client.close();
  }
}

async function playStep(step: SocketStep, stage: Stage, clients: Map<string, RawClient>): Promise<void> {
  const named = (name: string) => clients.get(name)!;
  if (step.open !== undefined) {
    const client = await stage.open(step.auth);
    clients.set(step.open, client);
    expect(client.isOpen).toBe(step.expect !== 'refused');
  }
  if (step.send !== undefined) named(step.send).say(step.raw ?? step.json);
  if (step.recv !== undefined) {
    const { heard } = named(step.recv);
    await eventually(() => heard.length > 0, 'a frame');
    const { schema, values } = step;
    stage.look(heard.shift(), { ...(schema && { schema }), ...(values && { values }) });
  }
  if (step.silence !== undefined || step.closed_or_silent !== undefined) {
    await sleep(SILENCE_MS);
    const client = named((step.silence ?? step.closed_or_silent)!);
    expect(client.heard).toEqual([]);
    if (step.silence !== undefined) expect(client.isOpen).toBe(true);
  }
  if (step.http) expect([step.status ?? 200].flat()).toContain((await stage.ask(step.http)).status);
}
