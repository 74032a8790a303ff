import { type Attributes, type Link, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { Problem } from './problems.js';
import { VERSION } from './version.js';

/** Records nothing until somebody loads an SDK of OpenTelemetry before the service (docs/operating.md). */
export const tracer = trace.getTracer('besedka', VERSION);

export interface SpanFacts {
  /** Not a part of what the caller does. */
  root?: boolean;
  attributes?: Attributes;
  /** Spans that this one works for, besides its parent. */
  links?: Link[];
}

/** Runs `work` in a span of its own. Attributes are counts and kinds: never a text, a name or a secret. */
export function inSpan<T>(name: string, facts: SpanFacts, work: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, facts, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: kindOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The span in which the caller runs, for one that works for several. */
export function linkToHere(): Link | undefined {
  const span = trace.getActiveSpan();
  return span?.isRecording() ? { context: span.spanContext() } : undefined;
}

/** An error's message may quote what people wrote. */
function kindOf(error: unknown): string {
  return error instanceof Problem ? error.code : error instanceof Error ? error.name : 'error';
}
