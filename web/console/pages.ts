import { useEffect, useRef, useState } from 'preact/hooks';

interface Page<Item> {
  items: Item[];
  next: string | null;
}

export interface Pages<Item> {
  /** Undefined until the first page is there. */
  items: readonly Item[] | undefined;
  hasMore: boolean;
  failure: unknown;
  more: () => void;
  again: () => void;
}

/** A list that is read page by page, anew whenever `key` changes; an answer that comes too late is dropped. */
export function usePages<Item>(key: string, load: (cursor?: string) => Promise<Page<Item>>): Pages<Item> {
  const [{ items, next, failure }, set] = useState<{ items?: Item[]; next?: string | null; failure?: unknown }>({});
  const turn = useRef(0);
  const read = (cursor: string | undefined, before: readonly Item[]) => {
    const mine = ++turn.current;
    load(cursor).then(
      (page) => mine === turn.current && set({ items: [...before, ...page.items], next: page.next }),
      (error: unknown) => mine === turn.current && set((now) => ({ ...now, failure: error })),
    );
  };
  const again = () => read(undefined, []);
  useEffect(() => {
    set({});
    again();
    return () => void turn.current++;
  }, [key]);
  return {
    items,
    hasMore: typeof next === 'string',
    failure,
    more: () => typeof next === 'string' && read(next, items ?? []),
    again,
  };
}

export interface Answer<Value> {
  value: Value | undefined;
  failure: unknown;
  again: () => void;
}

/** One answer, asked for anew whenever `key` changes. */
export function useAnswer<Value>(key: string, ask: () => Promise<Value>): Answer<Value> {
  const [state, set] = useState<{ key: string; value?: Value; failure?: unknown }>({ key });
  const turn = useRef(0);
  const again = () => {
    const mine = ++turn.current;
    ask().then(
      (value) => mine === turn.current && set({ key, value }),
      (failure: unknown) => mine === turn.current && set({ key, failure }),
    );
  };
  useEffect(() => {
    again();
    return () => void turn.current++;
  }, [key]);
  const now = state.key === key ? state : undefined;
  return { value: now?.value, failure: now?.failure, again };
}
