// The check that every backend makes before it computes: rows that the model can take.
import { IdlewildError } from '#protocol/errors.ts';
import type { EncoderConfig } from './encoder.ts';

/** @throws model/row-length, model/token-id naming the row */
export function checkRows(config: EncoderConfig, rows: readonly Uint32Array[]): void {
  rows.forEach((row, index) => {
    if (row.length === 0 || row.length > config.tokensMax) {
      throw new IdlewildError(
        'model/row-length',
        `Row ${index} has ${row.length} tokens; the model takes 1 to ${config.tokensMax}.`,
      );
    }
    for (const token of row) {
      if (token >= config.vocabularySize) {
        throw new IdlewildError(
          'model/token-id',
          `Row ${index} names token ${token}; the vocabulary has ${config.vocabularySize}.`,
        );
      }
    }
  });
}
