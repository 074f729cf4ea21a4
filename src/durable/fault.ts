/**
 * Which thrown errors are faults of the platform underneath (D1 or an object that cannot be
 * reached) and therefore worth trying again. Everything else that is thrown is a fault of ours.
 * A statement that SQLite itself refuses is ours too: the same request would fail again.
 */
import { mayCallAgain } from './client';

const PLATFORM =
  /D1_ERROR|D1_EXEC_ERROR|D1 DB|Network connection lost|internal error|object (?:to be|was|has been) reset|overloaded|storage operation exceeded timeout|Durable Object|is (?:too )?busy|SQLITE_BUSY|SQLITE_LOCKED/i;
const OURS = /SQLITE_(?:ERROR|MISMATCH|CONSTRAINT|RANGE|TOOBIG|MISUSE)|no such (?:table|column)/i;

/** True when the thrown error, or one of its causes, comes from the platform. */
export function isPlatformFault(thrown: unknown): boolean {
  let fault = false;
  let error: unknown = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error; depth += 1) {
    if (OURS.test(error.message)) return false;
    if (mayCallAgain(error) || PLATFORM.test(error.message) || isOverloaded(error)) fault = true;
    error = error.cause;
  }
  return fault;
}

const isOverloaded = (error: object): boolean =>
  (error as { readonly overloaded?: boolean }).overloaded === true;
