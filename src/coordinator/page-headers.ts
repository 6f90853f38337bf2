// Under what policy the coordinator's pages are shown: nothing in from elsewhere, and framed only by
// whom a project's operator has named.

/** Without a word about styles: the pages link their own. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export interface PageKind {
  /** Sources that may frame it. */
  ancestors?: readonly string[];
  /** Whether it shows the coordinator's own frame itself. */
  frames?: boolean;
}

export function pageHeaders(kind: PageKind = {}): Record<string, string> {
  const { ancestors = ["'self'"], frames = false } = kind;
  const policy = frames ? `${contentSecurityPolicy}; frame-src 'self'` : contentSecurityPolicy;
  return {
    'content-security-policy': `${policy}; frame-ancestors ${ancestors.join(' ')}`,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'referrer-policy': 'no-referrer',
  };
}
