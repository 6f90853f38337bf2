// Weights that an .onnx file keeps in files beside it. The path comes from the file, and so from a
// stranger: it names a plain file in the model's own folder or below, by no link, or it is refused.
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import path from 'node:path';
import { refuse } from './protobuf.ts';
import type { ReadExternal } from './tensor-bytes.ts';

const locationMax = 512;

/** @param folder of the .onnx file; null where it came without one */
export function openExternalData(folder: string | null): ReadExternal {
  return async ({ location, offset, length }, { place, bytes }) => {
    if (folder === null) throw refuse('external', place, 'external data, and no folder to look in');
    const file = await findFile(folder, location, place);
    return readRange(file, { offset, length: length ?? bytes, place });
  };
}

/** @throws onnx/external-path */
function checkLocation(location: string, place: string): string[] {
  const parts = location.split('/');
  const isPlain =
    location.length <= locationMax &&
    !/[\\:\0]/.test(location) &&
    parts.every((part) => part !== '' && part !== '..');
  if (isPlain) return parts.filter((part) => part !== '.');
  const shown = JSON.stringify(location.slice(0, 80));
  throw refuse('external-path', place, `${shown} is no path within the model's own folder`);
}

async function findFile(folder: string, location: string, place: string): Promise<string> {
  const parts = checkLocation(location, place);
  let at = folder;
  for (const [index, part] of parts.entries()) {
    at = path.join(at, part);
    const found = await lstat(at).catch(() => null);
    const shown = JSON.stringify(location.slice(0, 80));
    if (!found) throw refuse('external-missing', place, `there is no ${shown} beside the model`);
    if (found.isSymbolicLink()) {
      throw refuse('external-path', place, `${shown} is a link: copy the file itself there`);
    }
    const isLast = index === parts.length - 1;
    if (isLast ? !found.isFile() : !found.isDirectory()) {
      throw refuse('external-path', place, `${shown} is no plain file`);
    }
  }
  return at;
}

async function readRange(
  file: string,
  { offset, length, place }: { offset: number; length: number; place: string },
): Promise<Uint8Array> {
  // Should a link have taken the file's place since it was looked at, the open fails.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size } = await handle.stat();
    if (offset > size || length > size - offset) {
      const why = `bytes ${offset} to ${offset + length} of a file of ${size}`;
      throw refuse('external-range', place, why);
    }
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw refuse('external-range', place, 'the file ends early');
      done += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}
