// What the operator's page asks of /v1/admin, and what it is answered. The token is kept by this tab
// alone, and sent nowhere but here.

export interface Overview {
  now: number;
  project: string;
  laboratory: boolean;
  queue: {
    units: { open: number; held: number; done: number; withdrawn: number; rowsOpen: number };
    statuses: Record<string, number>;
    leasesOpen: number;
    auditsFresh: number;
    rowsWaiting: number;
  };
  batches: BatchRow[];
  contributors: { live: number; banned: number; listed: ContributorRow[] };
  convictions: {
    account: string;
    unit: number;
    place: number | null;
    outcome: string;
    created_at: number;
  }[];
  verdicts: Minute[];
  models: { id: string; name: string; licence: string; shards: number; bytes: number }[];
  ledger: { accounts: number; accepted: number; rejected: number; pending: number; credit: string };
  log: { size: number; signedSize: number; cosignedSize: number; waiting: number; origin: string };
  acts: { act: string; subject: string; reason: string; created_at: number }[];
}

export interface BatchRow {
  id: string;
  project: string;
  status: string;
  verification: string;
  created_at: number;
  units_total: number;
  units_done: number;
  units_held: number;
  units_withdrawn: number;
}

export interface ContributorRow {
  id: string;
  backend: string;
  adapter: string;
  live: boolean;
  seenAt: number | null;
  speed: number | null;
  accepted: number;
  rejected: number;
  credit: string;
  convictions: number;
  suspended_at: number | null;
  run: number;
  confirmed: number;
}

export interface Minute {
  at: number;
  accepted: number;
  held: number;
  rejected: number;
}

/** What the operator may change of a project. */
export interface ProjectFields {
  name: string;
  words: string;
  content_class: string;
  /** Ids; none: any. */
  models: string[];
  verification: string;
  open: boolean;
  origins: string[];
}

export interface ProjectRow extends ProjectFields {
  id: string;
  is_default: boolean;
  keys: number;
  batches: number;
}

export interface KeyRow {
  id: string;
  project_id: string;
  name: string;
  last_four: string | null;
  created_at: number;
  revoked_at: number | null;
}

export interface HealthCheck {
  name: string;
  ok: boolean;
  words: string;
}

const tokenName = 'idlewild-admin-token';

export const keptToken = {
  read: () => sessionStorage.getItem(tokenName),
  keep: (token: string) => sessionStorage.setItem(tokenName, token),
  forget: () => sessionStorage.removeItem(tokenName),
};

/** An answer that was not what was asked for; 0 where none came. */
export class AdminError extends Error {
  readonly status: number;
  /** The field that is wrong, such as `origins.1`. */
  readonly param: string | null;

  constructor(status: number, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.param = param;
  }
}

async function ask<Answer>(path: string, body?: object): Promise<Answer> {
  const headers = new Headers({ authorization: `Bearer ${keptToken.read()}` });
  if (body) headers.set('content-type', 'application/json');
  const init = { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) };
  const response = await fetch(path, { ...init, cache: 'no-store' }).catch(() => {
    throw new AdminError(0, 'The coordinator does not answer.');
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok || path === '/readyz') return answer as Answer;
  const { message = 'It gave no reason.', param = null } = answer.error ?? {};
  throw new AdminError(response.status, message, param);
}

export const admin = {
  overview: () => ask<Overview>('/v1/admin/overview'),
  health: () => ask<{ status: string; checks: HealthCheck[] }>('/readyz'),
  projects: () => ask<{ data: ProjectRow[] }>('/v1/admin/projects'),
  keys: () => ask<{ data: KeyRow[] }>('/v1/admin/keys'),
  addProject: (name: string) =>
    ask<{ id: string; name: string; api_key: string }>('/v1/admin/projects', { name }),
  setProject: (id: string, change: Partial<ProjectFields>, reason: string) =>
    ask<ProjectRow>(`/v1/admin/projects/${id}/set`, { ...change, reason }),
  addKey: (project: string, name: string) =>
    ask<KeyRow & { api_key: string }>('/v1/admin/keys', { project, name }),
  revokeKey: (id: string, reason: string) => ask(`/v1/admin/keys/${id}/revoke`, { reason }),
  cancelBatch: (id: string, reason: string) => ask(`/v1/admin/batches/${id}/cancel`, { reason }),
  unban: (id: string, reason: string) => ask(`/v1/admin/contributors/${id}/unban`, { reason }),
};
