// The snippet that a site owner copies, from what was chosen. Text in, text out.

export interface SnippetFacts {
  /** The coordinator's origin. */
  origin: string;
  /** Of the module, as `sha384-...`; null leaves the attribute out. */
  integrity: string | null;
  /** Attributes in their order; empty ones are left out. */
  attributes: readonly (readonly [name: string, value: string])[];
  /** The project's name, for the link that stands in where there is no frame. */
  project: string;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export function writeSnippet({ origin, integrity, attributes, project }: SnippetFacts): string {
  const pinned = integrity === null ? '' : `\n  integrity="${escapeHtml(integrity)}"`;
  const chosen = attributes
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ` ${name}="${escapeHtml(value)}"`)
    .join('');
  return [
    `<script type="module" src="${escapeHtml(origin)}/widget/idlewild.js"${pinned}`,
    '  crossorigin="anonymous"></script>',
    `<idlewild-contributor${chosen}>`,
    `  <a href="${escapeHtml(origin)}/">Lend your idle machine to ${escapeHtml(project)}</a>`,
    '</idlewild-contributor>',
  ].join('\n');
}
