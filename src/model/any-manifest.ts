// A manifest of either class, by its own format: exact (manifest.ts) or bounded.
import { BOUNDED_FORMAT, type BoundedManifest } from './bounded-manifest.ts';
import { type Manifest, parseManifest } from './manifest.ts';
import { parseManifestJson } from './manifest-fields.ts';
import { readBoundedManifest } from './parse-bounded.ts';

export type AnyManifest = Manifest | BoundedManifest;

/** @throws manifest/... naming the field */
export function parseAnyManifest(bytes: Uint8Array): AnyManifest {
  const value = parseManifestJson(bytes);
  const isObject = typeof value === 'object' && value !== null;
  const format = isObject ? (value as { format?: unknown }).format : undefined;
  return format === BOUNDED_FORMAT ? readBoundedManifest(value) : parseManifest(bytes);
}

export function isBounded(manifest: AnyManifest): manifest is BoundedManifest {
  return manifest.format === BOUNDED_FORMAT;
}
