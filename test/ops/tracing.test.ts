import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  context,
  type ContextManager,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { eventually } from '../support/expect.js';
import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

/** As the package of context managers does it. */
class StoredContext implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();
  active = () => this.storage.getStore() ?? ROOT_CONTEXT;
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    now: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.storage.run(now, () => work.apply(self, args));
  }
  bind = <T>(_context: Context, target: T): T => target;
  enable = () => this;
  disable = () => this;
}

const exporter = new InMemorySpanExporter();
let here: World;
let alice: Person, bob: Person;
let lobby: number;

beforeAll(async () => {
  context.setGlobalContextManager(new StoredContext());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  // The caller's trace arrives in a header of his own choice; here it is one of ours.
  propagation.setGlobalPropagator({
    inject: () => undefined,
    fields: () => ['x-trace'],
    extract: (from, carrier, getter) => {
      const [traceId, spanId] = String(getter.get(carrier, 'x-trace') ?? '').split('-');
      return spanId
        ? trace.setSpanContext(from, { traceId: traceId!, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true })
        : from;
    },
  });
  here = await world();
  [alice, bob] = [await here.person('alice'), await here.person('bob')];
  lobby = (await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members: [bob.id] })).body.id as number;
});
afterAll(() => here?.close());
beforeEach(() => exporter.reset());

const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const span = (name: string): Promise<ReadableSpan> => eventually(() => named(name)[0], name);

it('shows a message over HTTP from the request, in the trace of the caller, to its batch', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await alice.http.post(
    `/rooms/${lobby}/messages`,
    { text: 'what alice wrote', clientId: newClientId() },
    { headers: { 'x-trace': `${traceId}-b7ad6b7169203331` } },
  );
  const request = await span('http POST /api/v1/rooms/:roomId/messages');
  const [send, batch] = [await span('message.send'), await span('batch.commit')];
  expect(request.spanContext().traceId).toBe(traceId);
  expect(request.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  expect(request.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/api/v1/rooms/:roomId/messages',
    'http.response.status_code': 201,
  });
  expect(send.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
  expect(batch.parentSpanContext).toBeUndefined();
  expect(batch.links.map((link) => link.context.spanId)).toEqual([send.spanContext().spanId]);
  expect(batch.attributes).toEqual({ 'besedka.messages': 1 });
});

it('shows a message over a socket, other changes, and reading the log', async () => {
  const socket = await bob.socket();
  await socket.hears('session.ready');
  await socket.send('message.send', { roomId: lobby, text: 'what bob wrote', clientId: newClientId() });
  expect((await span('message.send')).status.code).toBe(SpanStatusCode.UNSET);
  await alice.http.patch(`/rooms/${lobby}`, { topic: 'Tea' });
  // A fact other than a message is read from the log before it is told.
  await socket.hears('room.changed');
  const request = await span('http PATCH /api/v1/rooms/:roomId');
  const write = await eventually(
    () => named('db.write').find((one) => one.parentSpanContext?.spanId === request.spanContext().spanId),
    'the write of the request',
  );
  expect(write.spanContext().traceId).toBe(request.spanContext().traceId);
  await span('feed.read');
  socket.close();
});

it('tells failures by their code, and no text, name or secret', async () => {
  await bob.http.post(`/rooms/999999/messages`, { text: 'what bob wrote', clientId: newClientId() });
  expect((await span('message.send')).status).toEqual({ code: SpanStatusCode.ERROR, message: 'room/not-found' });
  await here.http.get(`${here.origin}/planted-path?ticket=planted-ticket`);
  await span('http GET none');
  const told = JSON.stringify(
    exporter.getFinishedSpans().map(({ name, attributes, status, events }) => ({ name, attributes, status, events })),
  );
  expect(told).not.toMatch(/wrote|planted|alice|bob/);
});
