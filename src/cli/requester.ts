// A requester's side of a batch, over the same HTTP that the official OpenAI clients speak.
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';

export interface RequesterOptions {
  /** The coordinator's origin. */
  coordinator: string;
  apiKey: string;
}

export interface Batch {
  id: string;
  status: string;
  errors: { data: { line: number | null; message: string }[] } | null;
  output_file_id: string | null;
  error_file_id: string | null;
  request_counts: { total: number; completed: number; failed: number };
  x_units: { total: number; completed: number; being_checked: number };
}

export interface NewBatch {
  /** Whether anyone may read and recompute it. */
  open?: boolean;
  endpoint?: string;
  /** The spending order that pays for it, and the highest rate that it pays. */
  payment?: { order: string; rateCap: number };
}

/** A spending order as the coordinator keeps it. */
export interface PlacedOrder {
  hash: Hex;
  /** Hashed, as it was signed. */
  project: Hex;
  requester: Hex;
  /** Base units of the token. */
  cap: string;
  /** Seconds since 1970. */
  expires_at: number;
  nonce: Hex;
  source: OrderSource;
  state: 'signed' | 'registered' | 'refused' | 'cancelled';
  collected: string;
  reason: string | null;
}

export type OrderSource = 'escrow' | 'credit';

export interface NewOrder {
  order: { requester: Hex; cap: string; expires_at: number; nonce: Hex };
  signature: Hex;
  source: OrderSource;
}

export interface OrderList {
  data: PlacedOrder[];
  /** What an order names as its project, by what it spends. */
  project: Hex;
  credit_project: Hex;
}

export interface OutputLine {
  custom_id: string;
  response: { status_code: number; body: { data: { index: number; embedding: unknown }[] } };
  x_receipts: string[];
}

const finalStates = new Set(['completed', 'failed', 'expired', 'cancelled']);

export function createRequester({ coordinator, apiKey }: RequesterOptions) {
  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${apiKey}`);
    const response = await fetch(new URL(path, coordinator), { ...init, headers });
    if (response.ok) return response;
    const body = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
    throw new IdlewildError(
      'requester/refused',
      `The coordinator refused ${path} with ${response.status}: ${body.error?.message ?? ''}`,
    );
  }
  const post = (path: string, body: unknown) =>
    call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  return {
    async upload(jsonl: string, name: string): Promise<string> {
      const form = new FormData();
      form.set('purpose', 'batch');
      form.set('file', new Blob([jsonl], { type: 'application/jsonl' }), name);
      const response = await call('/v1/files', { method: 'POST', body: form });
      return ((await response.json()) as { id: string }).id;
    },

    async createBatch(fileId: string, options: NewBatch = {}): Promise<Batch> {
      const { open = false, endpoint = '/v1/embeddings', payment } = options;
      const body = {
        input_file_id: fileId,
        endpoint,
        completion_window: '24h',
        x_open: open,
        ...(payment && { x_order: payment.order, x_rate_cap: payment.rateCap }),
      };
      return (await (await post('/v1/batches', body)).json()) as Batch;
    },

    /** Polls until the batch ends; `onPoll` sees every answer. */
    async waitForBatch(id: string, onPoll: (batch: Batch) => void): Promise<Batch> {
      for (;;) {
        const batch = (await (await call(`/v1/batches/${id}`)).json()) as Batch;
        onPoll(batch);
        if (finalStates.has(batch.status)) return batch;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    },

    /** What was computed by then stays. */
    async cancelBatch(id: string): Promise<Batch> {
      return (await (await post(`/v1/batches/${id}/cancel`, {})).json()) as Batch;
    },

    /** Of an output or an error file, in the form of its endpoint. */
    async outputLines<Line = OutputLine>(fileId: string): Promise<Line[]> {
      const text = await (await call(`/v1/files/${fileId}/content`)).text();
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Line);
    },

    async receipt(id: string): Promise<Uint8Array> {
      const response = await call(`/v1/receipts/${id}`, {
        headers: { accept: 'application/cbor' },
      });
      return new Uint8Array(await response.arrayBuffer());
    },

    async listOrders(): Promise<OrderList> {
      return (await (await call('/v1/orders?limit=100')).json()) as OrderList;
    },

    async placeOrder(order: NewOrder): Promise<PlacedOrder> {
      return (await (await post('/v1/orders', order)).json()) as PlacedOrder;
    },

    async findOrder(hash: string): Promise<PlacedOrder> {
      return (await (await call(`/v1/orders/${hash}`)).json()) as PlacedOrder;
    },

    /** New batches cannot use it; what it has paid for stays paid. */
    async cancelOrder(hash: string): Promise<PlacedOrder> {
      return (await (await post(`/v1/orders/${hash}/cancel`, {})).json()) as PlacedOrder;
    },

    async embed(model: string, input: string[]): Promise<Float32Array[]> {
      const body = { model, input, encoding_format: 'base64' };
      const response = await post('/v1/embeddings', body);
      const { data } = (await response.json()) as { data: { embedding: unknown }[] };
      return data.map((entry) => readEmbedding(entry.embedding));
    },
  };
}

export type Requester = ReturnType<typeof createRequester>;

/** An embedding as OpenAI's wire carries it: an array of numbers, or base64 float32. */
export function readEmbedding(embedding: unknown): Float32Array {
  if (Array.isArray(embedding)) return Float32Array.from(embedding as number[]);
  const bytes = Uint8Array.from(Buffer.from(String(embedding), 'base64'));
  return new Float32Array(bytes.buffer, 0, bytes.length / 4);
}
