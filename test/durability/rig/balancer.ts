import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entrance } from './entrance.js';

const LOOK_MS = 50;
const PATIENCE_MS = 1_000;

/** Where a node is reached. */
export interface Destination {
  readonly port: number;
}

/** Sends clients in turns to the nodes that say that they are ready, as a load balancer before the service does. */
export class Balancer implements Entrance {
  readonly generation = 1;
  private ready: readonly Destination[] = [];
  private turn = 0;
  private closed = false;

  constructor(private readonly nodes: readonly Destination[]) {
    for (const node of nodes) void this.watch(node);
  }

  /** Where nobody is ready, as good a place as any to be refused. */
  get port(): number {
    const choice = this.ready.length > 0 ? this.ready : this.nodes;
    return choice[this.turn++ % choice.length]!.port;
  }

  async up(): Promise<void> {
    while (!this.closed && this.ready.length === 0) await sleep(LOOK_MS / 5);
  }

  async readyAgain(node: Destination): Promise<void> {
    while (!this.closed && !this.ready.includes(node)) await sleep(LOOK_MS / 5);
  }

  /** Leads to this node alone, whenever it is ready. */
  only(node: Destination): Entrance {
    return { generation: this.generation, port: node.port, up: () => this.readyAgain(node) };
  }

  close(): void {
    this.closed = true;
  }

  private async watch(node: Destination): Promise<void> {
    for (; !this.closed; await sleep(LOOK_MS)) {
      const ready = await isReady(node.port);
      this.ready = this.nodes.filter((one) => (one === node ? ready : this.ready.includes(one)));
    }
  }
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/health/ready', agent: false, timeout: PATIENCE_MS });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
  });
}
