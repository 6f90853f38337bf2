// Which pages may talk to the frame. The coordinator's frame-ancestors keeps others from framing
// it at all; this keeps the frame from answering where an older browser did not heed that.

/**
 * @param origins of the project: origins, http://localhost:* for any port, or * for any page
 * @param own the frame's origin, which is always allowed
 */
export function allowsOrigin(origins: readonly string[], origin: string, own: string): boolean {
  if (origin === own) return true;
  return origins.some((allowed) => {
    if (allowed === '*') return /^https?:\/\//.test(origin);
    if (!allowed.endsWith(':*')) return allowed === origin;
    const host = allowed.slice(0, -2);
    return origin === host || (origin.startsWith(`${host}:`) && /:\d{1,5}$/.test(origin));
  });
}
