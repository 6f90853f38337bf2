// The widget's public types: the element, its events and their details. The build copies this file
// as it stands to widget/idlewild.d.ts, so it holds types alone and imports nothing.

/** What the frame says when it is there. `consent`: this visitor agreed before, in this frame. */
export interface ReadyDetail {
  project: string;
  name: string;
  /** What is computed and why, in the project's own words. */
  words: string;
  consent: boolean;
}

/** `why`: clicked | remembered | stopped | expired. */
export interface ConsentDetail {
  given: boolean;
  /** Of the consent text. */
  version: number;
  why: string;
}

export interface StatusDetail {
  /** idle, connecting, testing, loading, working, waiting, paused, stopping, stopped or failed. */
  phase: string;
  /** Whether it was started and has not ended: also while it waits or is paused. */
  running: boolean;
  /** The same as a sentence, in the frame's language. */
  message: string;
  /** Why it is paused, such as user, hidden, battery, offline; else empty. */
  pauses: string[];
}

/** At most once a second. */
export interface ProgressDetail {
  /** Units and their rows finished in this frame since it was started. */
  units: number;
  rows: number;
  rowsPerSecond: number;
  /** The contributor's units on the coordinator, by what became of them. */
  accepted: number;
  pending: number;
  rejected: number;
}

/** The contributor's credit on the coordinator: released, and held until its checks are done. */
export interface CreditDetail {
  credit: number;
  held: number;
}

/** `code`: such as widget/no-answer, widget/coordinator, click/not-visible, network/unreachable. */
export interface ErrorDetail {
  code: string;
  message: string;
  retryable: boolean;
}

/** Every event is a CustomEvent that does not bubble; no detail names the visitor's account. */
export interface WidgetEventMap {
  ready: CustomEvent<ReadyDetail>;
  consentchange: CustomEvent<ConsentDetail>;
  statuschange: CustomEvent<StatusDetail>;
  progress: CustomEvent<ProgressDetail>;
  credit: CustomEvent<CreditDetail>;
  error: CustomEvent<ErrorDetail>;
}

/** The widget's own beside every element's. */
type EventMap = Omit<HTMLElementEventMap, keyof WidgetEventMap> & WidgetEventMap;

/** `<idlewild-contributor>`. Each property reflects the attribute of its name; '' where absent. */
export interface IdlewildContributorElement extends HTMLElement {
  /** A project's id; '' takes the coordinator's default project. */
  project: string;
  /** The coordinator's origin; '' takes the origin that this module came from. */
  coordinator: string;
  /** inline (320x180, the default) or compact (320x72). */
  mode: string;
  /** gentle, steady, full, or a share of time in percent from 5 to 100. */
  intensity: string;
  /** auto (the default), light or dark. */
  theme: string;
  /** Width and height in CSS pixels, such as 400x200, or fill; '' takes the mode's. */
  size: string;
  /**
   * Before the visitor's own click inside the frame it only points at the button there. Goes on
   * with what pause() or finish() ended, or after a reload where consent is still good; never
   * undoes the visitor's own Pause or Stop.
   */
  start(): void;
  pause(): void;
  /** Finishes the units on the device, hands the others back, then pauses. */
  finish(): void;
  addEventListener<Name extends keyof EventMap>(
    type: Name,
    listener: (this: IdlewildContributorElement, event: EventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof EventMap>(
    type: Name,
    listener: (this: IdlewildContributorElement, event: EventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** Made by the browser for each element; importing the module in Node defines none. */
export declare const IdlewildContributor: new () => IdlewildContributorElement;

declare global {
  interface HTMLElementTagNameMap {
    'idlewild-contributor': IdlewildContributorElement;
  }
}
