// Comlink keeps only an error's message, name and stack. This puts the fields of an IdlewildError
// beside them, so that both sides can branch on `code`.
import { type TransferHandler, transferHandlers } from 'comlink';
import { IdlewildError } from '#protocol/errors.ts';

interface Carried {
  isError: boolean;
  value: unknown;
}

/** Call once on each side, before the first call. */
export function carryErrors(): void {
  const plain = transferHandlers.get('throw') as TransferHandler<{ value: unknown }, Carried>;
  transferHandlers.set('throw', {
    canHandle: plain.canHandle,
    /** As the error that it was, so that what catches it finds its code. */
    deserialize(carried: Carried): never {
      const { isError, value } = carried;
      if (isError && typeof (value as { code?: unknown }).code === 'string') {
        const { code, shortMessage, retryable, metaMessages } = value as IdlewildError;
        throw new IdlewildError(code, shortMessage, { retryable, metaMessages });
      }
      return plain.deserialize(carried) as never;
    },
    serialize(thrown: { value: unknown }): [Carried, Transferable[]] {
      const { value: error } = thrown;
      if (!(error instanceof IdlewildError)) return plain.serialize(thrown);
      const { code, shortMessage, retryable, metaMessages, message, name, stack } = error;
      const value = { code, shortMessage, retryable, metaMessages, message, name, stack };
      return [{ isError: true, value }, []];
    },
  });
}
