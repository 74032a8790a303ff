export type TokenProvider = () => Promise<string>;

/** Access tokens from the page that embeds: one it has handed over, else what its provider answers, else whatever it brings when it is told. */
export class TokenSource {
  private wake: (() => void) | undefined;

  constructor(
    private fresh: string | undefined,
    private readonly provider: () => TokenProvider | undefined,
    private readonly needed: () => void,
  ) {}

  give(token: string | undefined): void {
    this.fresh = token;
    this.wake?.();
  }

  /** Each token is handed out once: the client comes back when it no longer serves. */
  async get(): Promise<string> {
    while (this.fresh === undefined) {
      const provider = this.provider();
      if (provider) return tokenOf(await provider());
      this.needed();
      // The page may have answered at once.
      if (this.fresh === undefined) await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const token = this.fresh;
    this.fresh = undefined;
    return token;
  }
}

/** Without a token the person would be refused for good; what the page could not get now it may get at the next attempt. */
function tokenOf(answer: unknown): string {
  if (typeof answer !== 'string' || answer === '') throw new TypeError('tokenProvider gave no token');
  return answer;
}
