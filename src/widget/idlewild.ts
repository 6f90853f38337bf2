// The widget's one module, as a host page loads it: defines the element, once, where there are
// elements. Importing it in Node does nothing, so that a server may render the host page.
import { IdlewildContributor } from './contributor-element.ts';

const tag = 'idlewild-contributor';
const registry = globalThis.customElements;
if (registry && !registry.get(tag)) registry.define(tag, IdlewildContributor);

export { IdlewildContributor };
