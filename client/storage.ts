/** Where a client keeps what must outlive a reload: messages not yet sent, and tokens where it is told to. */
export interface ClientStorage {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  /** All keys that begin with this. */
  keys(prefix: string): string[];
}

/** Forgets everything with the process. */
export function memoryStorage(): ClientStorage {
  const kept = new Map<string, string>();
  return {
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
    keys: (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)),
  };
}

interface WebStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The browser's localStorage; memory where there is none or the page may not use it. What does not fit is kept in memory only. */
export function browserStorage(): ClientStorage {
  const memory = memoryStorage();
  let web: WebStorage | undefined;
  try {
    web = (globalThis as { localStorage?: WebStorage }).localStorage;
  } catch {
    web = undefined;
  }
  if (!web) return memory;
  const storage = web;
  return {
    get: (key) => storage.getItem(key) ?? memory.get(key),
    set: (key, value) => {
      try {
        storage.setItem(key, value);
      } catch {
        memory.set(key, value);
      }
    },
    remove: (key) => {
      storage.removeItem(key);
      memory.remove(key);
    },
    keys: (prefix) => {
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
      return [...new Set([...keys.filter((key) => key?.startsWith(prefix)), ...memory.keys(prefix)])] as string[];
    },
  };
}
