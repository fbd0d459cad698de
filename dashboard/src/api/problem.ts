import { t } from "@lingui/core/macro";

/** An error answer of the hub (RFC 9457), or a failure to reach it at all (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly fields: readonly { field: string; detail: string }[];
  /** Seconds to wait before trying again, when the hub said so. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    title: string,
    detail: string,
    fields: Problem["fields"] = [],
    retryAfter: number | null = null,
  ) {
    super(detail === "" ? title : detail);
    this.name = "Problem"; // not a text
    this.status = status;
    this.title = title;
    this.fields = fields;
    this.retryAfter = retryAfter;
  }

  /** What to tell a person: of a field that is not valid, why; and when to try again. */
  get advice(): string {
    const [first] = this.fields;
    const text = first === undefined ? this.message : fieldText(first);
    const { retryAfter: wait } = this;
    return wait === null ? text : t`${text} Try again in ${wait} s.`;
  }

  /** What is wrong with one field. */
  about(field: string): string | undefined {
    return this.fields.find((one) => one.field === field)?.detail;
  }
}

function fieldText({ field, detail }: Problem["fields"][number]): string {
  const name = field.replace(/_/g, " ");
  return t`The ${name} ${detail}.`;
}

interface ProblemBody {
  title?: unknown;
  detail?: unknown;
  errors?: unknown;
}

/** Makes a Problem of an answer that was not 2xx; a body that is not problem+json is described by its status. */
export function toProblem(response: Response, body: unknown): Problem {
  const { title, detail, errors } = (typeof body === "object" && body !== null ? body : {}) as ProblemBody;
  const { status } = response;
  const wait = Number(response.headers.get("Retry-After"));
  return new Problem(
    status,
    typeof title === "string" ? title : t`The hub answered ${status}`,
    typeof detail === "string" ? detail : "",
    Array.isArray(errors) ? (errors as Problem["fields"]) : [],
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

/** What browsers say in a TypeError when nothing came; every other one is a fault of the page. */
const NOTHING_CAME = /fetch|load|import|network|connection/i;

/** The Problem in whatever was thrown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError && NOTHING_CAME.test(error.message))
    return new Problem(0, t`No answer`, t`The hub cannot be reached.`);
  return new Problem(0, t`The page failed`, error instanceof Error ? error.message : String(error));
}
