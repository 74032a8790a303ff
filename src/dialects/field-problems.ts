import type { AccountsService } from '../accounts/accounts.service.js';
import type { OwnAccountView } from '../accounts/account.dto.js';
import type { Register } from '../accounts/account-requests.dto.js';
import type { Device } from '../accounts/device.js';
import type { DialectTokens } from '../accounts/dialect-tokens.service.js';
import { Problem, type ProblemCode } from '../platform/problems.js';
import type { DrfTexts } from './drf.texts.js';

type FieldProblems = Partial<Record<ProblemCode, readonly [field: string, text: string]>>;

/** Waits for what is done; refusals that a dialect knows as a mistake of a field, or of the whole where its name is empty, become that. */
export async function inFields<T>(work: Promise<T>, problems: FieldProblems): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const [field, message] = (error instanceof Problem && problems[error.code]) || [];
    if (field === undefined || message === undefined) throw error;
    throw new Problem('request/invalid', { errors: [{ pointer: `#/${field}`, message }] });
  }
}

/** A fresh token of the dialect; who has no right to one is told only that. */
export function signIn(
  tokens: DialectTokens,
  dialect: string,
  credentials: { username: string; password: string },
  device: Device,
  { wrongSignIn }: DrfTexts,
): Promise<string> {
  return inFields(tokens.issue(dialect, { ...credentials, alone: false }, device), {
    'auth/credentials-wrong': ['', wrongSignIn],
    'account/blocked': ['', wrongSignIn],
  });
}

/** A new account; a name or address that is taken is a mistake of its field. */
export function signUp(
  accounts: AccountsService,
  request: Register,
  { address }: Device,
  { usernameTaken, emailTaken }: DrfTexts,
): Promise<OwnAccountView> {
  return inFields(accounts.register(request, address), {
    'account/username-taken': ['username', usernameTaken],
    'account/email-taken': ['email', emailTaken],
  });
}
