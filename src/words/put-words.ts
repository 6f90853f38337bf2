// Puts the English words into HTML at build time, so that nothing flashes, and readers without
// scripts see them too: `<p>{key}</p>` becomes `<p data-words="key">The sentence.</p>`, by which
// apply-words.ts finds its place again. Strings in, strings out; build-plugin.ts gives it to Vite.

const textPlace = /<([a-z][a-z0-9]*)\b([^<>]*)>\s*\{([\w.-]+)\}\s*<\/\1>/g;
const attributePlace = /\s([a-z-]+)="\{([\w.-]+)\}"/g;
/** A script or a style has braces of its own, and the words of none. */
const anyPlace = /[>"\s]\{([\w.-]+)\}[<"\s]/;

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** @throws where the HTML names words that there are not, or where they cannot be put */
export function putWords(html: string, words: Record<string, unknown>): string {
  const textOf = (key: string) => {
    const text = words[key];
    if (typeof text !== 'string') throw new Error(`There are no words "${key}".`);
    return escapeHtml(text);
  };
  const filled = html
    .replaceAll(textPlace, (_, tag: string, attributes: string, key: string) => {
      return `<${tag}${attributes} data-words="${key}">${textOf(key)}</${tag}>`;
    })
    .replaceAll(attributePlace, (_, name: string, key: string) => {
      return ` data-words-${name}="${key}" ${name}="${textOf(key)}"`;
    });
  const left = anyPlace.exec(filled);
  if (left) throw new Error(`"${left[1]}" is not alone in its element.`);
  return filled;
}
