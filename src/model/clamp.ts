// Symmetric clamping: what the importer's roundings share.

export function clamp(x: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, x));
}
