// The one error class of the project. Across threads and over the wire branch on `code`, never
// on `instanceof`: comlink and CBOR keep only plain fields.

export interface IdlewildErrorOptions {
  /** True if the same call may succeed later without a change. */
  retryable?: boolean;
  /** Lines that say where it happened and what to do next. */
  metaMessages?: string[];
  cause?: unknown;
}

export interface WireError {
  code: string;
  message: string;
  retryable: boolean;
  metaMessages: string[];
}

/** `code` is `area/what`, such as `shard/digest-mismatch`. */
export class IdlewildError extends Error {
  readonly code: string;
  readonly shortMessage: string;
  readonly retryable: boolean;
  readonly metaMessages: string[];

  constructor(code: string, shortMessage: string, options: IdlewildErrorOptions = {}) {
    const metaMessages = options.metaMessages ?? [];
    super([shortMessage, ...metaMessages].join('\n'), { cause: options.cause });
    this.name = 'IdlewildError';
    this.code = code;
    this.shortMessage = shortMessage;
    this.retryable = options.retryable ?? false;
    this.metaMessages = metaMessages;
  }

  toWire(): WireError {
    const { code, shortMessage: message, retryable, metaMessages } = this;
    return { code, message, retryable, metaMessages };
  }

  static fromWire(error: WireError): IdlewildError {
    const { retryable, metaMessages } = error;
    return new IdlewildError(error.code, error.message, { retryable, metaMessages });
  }
}

/** Wraps anything thrown, so that callers can rely on `code`. */
export function toIdlewildError(thrown: unknown, code = 'internal/unexpected'): IdlewildError {
  if (thrown instanceof IdlewildError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new IdlewildError(code, message, { cause: thrown });
}

/** For the programmer's own mistakes; bad input gets an IdlewildError with a code of its own. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new IdlewildError('internal/assertion', `Assertion failed: ${message}`);
}
