// `<idlewild-contributor>`: an iframe of the coordinator in a shadow root, and the messages between
// the two. Everything that computes, stores or asks for consent is the frame's; this only carries.
//
//   connected → frame loads → greeting → ready → its events; no ready in time → error, fallback
import type { IdlewildContributorElement } from './idlewild-types.ts';
import { type HostCommand, type HostMessage, readFrameMessage, wrap } from './messages.ts';

const attributes = ['project', 'coordinator', 'mode', 'intensity', 'theme', 'lang', 'size'];
/** `lang` is every element's property already. */
const reflected = attributes.filter((name) => name !== 'lang');

const defaultSize = '320x180';
const sizes: Record<string, string> = { compact: '320x72' };
/** A frame that asks for room gets no more than this. */
const roomMax = 480;
/** From the frame's load event to its answer: its script is already there then. */
const answerMsMax = 8_000;

const css = `:host{display:inline-block;max-width:100%;vertical-align:top}
:host([hidden]){display:none}
:host([size=fill]){display:block;height:100%}
iframe{display:block;max-width:100%;color-scheme:inherit;
border:var(--idlewild-border,1px solid #8885);
border-radius:var(--idlewild-radius,8px);box-sizing:border-box}
iframe[hidden]{display:none}`;

/** In Node, where a server renders the host page, there is no HTMLElement to extend. */
const Base = (globalThis.HTMLElement ??
  class {}) as unknown as new () => IdlewildContributorElement;

export class IdlewildContributor extends Base {
  static observedAttributes = attributes;

  #frame: HTMLIFrameElement | null = null;
  #slot: HTMLSlotElement | null = null;
  #origin = '';
  #isReady = false;
  /** What the host asked for before the frame answered. */
  #wish: HostCommand | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override start(): void {
    this.#ask('start');
  }

  override pause(): void {
    this.#ask('pause');
  }

  override finish(): void {
    this.#ask('finish');
  }

  connectedCallback(): void {
    if (!this.#frame) this.#build();
    // Set before the element was defined, a property hides the accessor that reflects it.
    for (const name of reflected) {
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (!own || !Reflect.deleteProperty(this, name)) continue;
      this.setAttribute(name, own.value);
    }
    window.addEventListener('message', this.#hear);
    this.#load();
    this.#resize();
  }

  disconnectedCallback(): void {
    window.removeEventListener('message', this.#hear);
    this.#reset();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.#frame || !this.isConnected || before === after) return;
    if (name === 'project' || name === 'coordinator') this.#load();
    else if (name === 'mode' || name === 'size') this.#resize();
    else if (this.#isReady) this.#greet();
  }

  #build(): void {
    const root = this.attachShadow({ mode: 'open' });
    // A constructed sheet: the host page's policy need not allow inline styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    const frame = document.createElement('iframe');
    frame.title = 'Idlewild';
    frame.part.add('frame');
    frame.allow = 'compute-pressure';
    frame.referrerPolicy = 'origin';
    frame.addEventListener('load', () => this.#greet());
    this.#slot = document.createElement('slot');
    this.#frame = frame;
    root.append(frame, this.#slot);
    this.#showFrame(true);
  }

  #get(name: string): string {
    return this.getAttribute(name) ?? '';
  }

  #load(): void {
    this.#reset();
    const base = this.#get('coordinator') || import.meta.url;
    const url = /^https?:/.test(base) && URL.canParse(base) ? new URL('/embed', base) : null;
    if (!url) {
      this.#showFrame(false);
      this.#fail('widget/coordinator', 'The attribute coordinator is no http or https origin.');
      return;
    }
    this.#origin = url.origin;
    const { lang, theme } = this.#settings();
    const query = { project: this.#get('project'), lang, theme };
    for (const [name, value] of Object.entries(query)) {
      if (value) url.searchParams.set(name, value);
    }
    this.#showFrame(true);
    if (this.#frame) this.#frame.src = url.href;
  }

  #reset(): void {
    this.#isReady = false;
    this.#origin = '';
    clearTimeout(this.#timer);
  }

  #settings() {
    const lang = this.closest<HTMLElement>('[lang]')?.lang ?? '';
    return { intensity: this.#get('intensity'), theme: this.#get('theme'), lang };
  }

  #greet(): void {
    if (!this.#origin) return;
    this.#post({ type: 'settings', ...this.#settings() });
    if (this.#isReady) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#showFrame(false);
      this.#fail('widget/no-answer', 'The coordinator did not answer, or may not be framed here.');
    }, answerMsMax);
  }

  #ask(command: HostCommand): void {
    if (this.#isReady) this.#post({ type: command });
    else this.#wish = command;
  }

  #post(message: HostMessage): void {
    this.#frame?.contentWindow?.postMessage(wrap(message), this.#origin);
  }

  #hear = (event: MessageEvent): void => {
    if (event.source !== this.#frame?.contentWindow || event.origin !== this.#origin) return;
    const message = readFrameMessage(event.data);
    if (!message) return;
    if (message.type === 'room') {
      this.#resize(message.height);
      return;
    }
    const { name, detail } = message;
    if (name === 'ready') this.#welcome(detail.name);
    this.dispatchEvent(new CustomEvent(name, { detail }));
  };

  #welcome(project: string): void {
    clearTimeout(this.#timer);
    this.#isReady = true;
    this.#showFrame(true);
    if (this.#frame) this.#frame.title = `Idlewild: ${project}`;
    if (this.#wish) this.#post({ type: this.#wish });
    this.#wish = null;
  }

  /** @param room the least height, while the frame shows its consent text; 0 for none */
  #resize(room = 0): void {
    if (!this.#frame) return;
    const { style } = this.#frame;
    const size = this.#get('size') || (sizes[this.#get('mode')] ?? defaultSize);
    const [, w, h] = /^(\d{2,4})x(\d{2,4})$/.exec(size) ?? [0, 320, 180];
    const [width, height] = size === 'fill' ? ['100%', '100%'] : [`${w}px`, `${h}px`];
    style.width = `var(--idlewild-width, ${width})`;
    style.height = `var(--idlewild-height, ${height})`;
    style.minHeight = room > 0 ? `${Math.min(room, roomMax)}px` : '';
  }

  /** The element's children stand in where there is no frame to show. */
  #showFrame(isShown: boolean): void {
    if (this.#frame) this.#frame.hidden = !isShown;
    if (this.#slot) this.#slot.hidden = isShown;
  }

  #fail(code: string, message: string): void {
    const detail = { code, message, retryable: true };
    this.dispatchEvent(new CustomEvent('error', { detail }));
  }
}

for (const name of reflected) {
  Object.defineProperty(IdlewildContributor.prototype, name, {
    get(this: IdlewildContributor) {
      return this.getAttribute(name) ?? '';
    },
    set(this: IdlewildContributor, value: unknown) {
      this.setAttribute(name, String(value));
    },
    enumerable: true,
    configurable: true,
  });
}
