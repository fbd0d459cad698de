export interface paths {
  "/api/v1/auth/login": {
    post: {
      requestBody: { content: { "application/json": { username: string; password: string } } };
      responses: { 200: { content: { "application/json": { user: components["schemas"]["User"] } } } };
    };
  };
  "/api/v1/auth/logout": { post: { responses: { 204: { content?: never } } } };
  "/api/v1/auth/me": { get: { responses: { 200: { content: { "application/json": components["schemas"]["User"] } } } } };
  "/api/v1/agents": {
    get: {
      parameters: {
        query?: {
          status?: string[];
          type?: string[];
          environment?: string[];
          tag?: string[];
          q?: string;
          cursor?: string;
          limit?: number;
          sparklines?: boolean;
        };
      };
      responses: {
        200: {
          content: {
            "application/json": { items: components["schemas"]["Agent"][]; next_cursor: string | null; total: number };
          };
        };
      };
    };
  };
  "/api/v1/agents/{agent_id}": {
    get: {
      parameters: { path: { agent_id: number } };
      responses: { 200: { content: { "application/json": components["schemas"]["Agent"] } } };
    };
    patch: {
      parameters: { path: { agent_id: number } };
      requestBody: { content: { "application/json": { name?: string; environment?: string; tags?: string[] } } };
      responses: { 200: { content: { "application/json": components["schemas"]["Agent"] } } };
    };
    delete: { parameters: { path: { agent_id: number } }; responses: { 204: { content?: never } } };
  };
  "/api/v1/agents/{agent_id}/processes": {
    get: {
      parameters: { path: { agent_id: number } };
      responses: {
        200: {
          content: { "application/json": { time: number | null; items: components["schemas"]["Process"][] } };
        };
      };
    };
  };
  "/api/v1/series": {
    get: {
      parameters: {
        query: { agent: number[]; metric?: string[]; labels?: string; from?: string; to?: string; points?: number };
      };
      responses: { 200: { content: { "application/json": components["schemas"]["SeriesAnswer"] } } };
    };
  };
  "/api/v1/enrollment-tokens": {
    post: {
      requestBody: { content: { "application/json": { expires_in_s?: number; max_uses?: number } } };
      responses: {
        201: {
          content: { "application/json": { id: number; token: string; expires_at: string; max_uses: number } };
        };
      };
    };
  };
}

export interface components {
  schemas: {
    User: { id: number; username: string; role: "viewer" | "operator" | "admin" };
    Summary: {
      time: number | null;
      cpu: number | null;
      memory: number | null;
      disk: number | null;
      network_receive: number | null;
      network_transmit: number | null;
      load_1m: number | null;
    };
    Sparklines: {
      t: number[];
      cpu: (number | null)[];
      memory: (number | null)[];
      disk: (number | null)[];
      network_receive: (number | null)[];
      network_transmit: (number | null)[];
    };
    Agent: {
      id: number;
      name: string;
      type: string;
      host: string;
      port: number | null;
      status: "online" | "offline" | "error" | "maintenance";
      environment: string;
      metadata: { [key: string]: unknown };
      tags: string[];
      last_heartbeat: string | null;
      version: string;
      reporting_interval: number;
      created_at: string;
      facts: { [key: string]: string };
      summary: components["schemas"]["Summary"];
      sparklines: components["schemas"]["Sparklines"] | null;
    };
    Process: {
      pid: number;
      name: string;
      user: string;
      state: string;
      cpu: number;
      memory_bytes: number;
      threads: number;
    };
    Series: {
      agent: number;
      metric: string;
      labels: { [key: string]: string };
      unit: string;
      kind: string;
      tier: string;
      t: number[];
      v: (number | null)[];
      min: (number | null)[] | null;
      max: (number | null)[] | null;
    };
    SeriesAnswer: {
      from: number;
      to: number;
      step: number;
      series: components["schemas"]["Series"][];
      gaps: { agent: number; from: number; to: number; reason: string }[];
    };
  };
}
