// EIP-1193: what every wallet gives to a page. A type of its own, so that code without a page can
// speak of it.

export interface Provider {
  request(call: { method: string; params?: readonly unknown[] }): Promise<unknown>;
}
