// Progress of long work, on stderr: one line that changes in place on a terminal, a line now and
// then where there is none, nothing when quiet. Data stays on stdout.

export interface Progress {
  /** Replaces the line in place. */
  update(line: string): void;
  /** Ends the line, so that it stays. */
  done(line: string): void;
}

const QUIET_LINE_MS = 10_000;

export function createProgress(
  quiet: boolean,
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  let lastLineAt = Number.NEGATIVE_INFINITY;
  const clear = '\r\u001b[K';
  return {
    update(line) {
      if (quiet) return;
      if (stream.isTTY) {
        stream.write(clear + line.slice(0, Math.max(20, stream.columns - 1)));
      } else if (performance.now() - lastLineAt >= QUIET_LINE_MS) {
        lastLineAt = performance.now();
        stream.write(`${line}\n`);
      }
    },
    done(line) {
      if (quiet) return;
      lastLineAt = Number.NEGATIVE_INFINITY;
      stream.write(stream.isTTY ? `${clear}${line}\n` : `${line}\n`);
    },
  };
}

/** "about 1 min 20 s left", from the share that is done; empty while nothing is. */
export function timeLeft(done: number, total: number, elapsedMs: number): string {
  if (done <= 0 || done >= total) return '';
  const seconds = Math.ceil((elapsedMs * (total - done)) / done / 1000);
  return seconds < 60
    ? `about ${seconds} s left`
    : `about ${Math.floor(seconds / 60)} min ${seconds % 60} s left`;
}

/** A table in plain text: the first row is its head; numbers align right. */
export function table(rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const numeric = rows[0].map((_, column) =>
    rows.slice(1).every((row) => /^[\d.,]*$/.test(row[column])),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return lines.join('\n');
}
