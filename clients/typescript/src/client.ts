/** A thin client of diensan: one method an operation, one error for every problem. Keeps and logs nothing. */

import type { components } from "./schema.js";

type Schemas = components["schemas"];
export type AutofillQuestion = Schemas["AutofillQuestion"];
export type AutofillAnswer = Schemas["AutofillAnswer"];
export type BatchQuestion = Schemas["BatchQuestion"];
export type BatchAnswer = Schemas["BatchAnswer"];
export type VerifyQuestion = Schemas["VerifyQuestion"];
export type VerifyAnswer = Schemas["VerifyAnswer"];
export type ValidateQuestion = Schemas["ValidateQuestion"];
export type ValidateAnswer = Schemas["ValidateAnswer"];
export type Field = Schemas["FieldTold"];
export type ServiceList = Schemas["ServiceList"];
export type ServiceDetail = Schemas["ServiceDetail"];
export type Problem = Schemas["Problem"];

/** What a problem says, as far as it decides what to do next. */
export type Meaning =
  /** Nobody matches number, name and birth date together: check all three. */
  | "not_found"
  /** Nothing is known about anybody: show the outage, ask again later. */
  | "outage"
  /** Wait `retryAfter` seconds. */
  | "wait"
  /** The caller or the officer may not. */
  | "not_allowed"
  /** The request is wrong: mend it at `problem.pointer`. */
  | "request";

/** A problem document (RFC 9457), or no answer at all (`problem.code` is then `no_answer`). */
export class DiensanProblem extends Error {
  constructor(
    readonly problem: Problem,
    readonly meaning: Meaning,
  ) {
    // The title is constant for a code; no text of a problem quotes what was sent.
    super(`${problem.code}: ${problem.title}`);
    this.name = "DiensanProblem";
  }

  /** Seconds to wait before asking again; undefined where waiting does not help. */
  get retryAfter(): number | undefined {
    return this.problem.retry_after;
  }
}

/** What to do about a problem. An outage is never "not found". */
export function meaningOf(status: number, code: string): Meaning {
  if (code === "not_found") return "not_found";
  if (status === 429 || status === 503) return "wait";
  if (status >= 500) return "outage";
  if (status === 401 || status === 403) return "not_allowed";
  return "request";
}

export interface Options {
  /** An API key or a token. Never in a browser. */
  key?: string;
  /** Milliseconds for one answer; the service itself answers within its budget. */
  timeout?: number;
  fetch?: typeof fetch;
}

export class Diensan {
  readonly #base: string;
  readonly #options: Options;

  /** `base` is the service's address without a path. */
  constructor(base: string, options: Options = {}) {
    this.#base = base.replace(/\/+$/, "");
    this.#options = options;
  }

  autofill(question: AutofillQuestion): Promise<AutofillAnswer> {
    return this.#ask("POST", "/v1/autofill", question);
  }

  autofillBatch(question: BatchQuestion): Promise<BatchAnswer> {
    return this.#ask("POST", "/v1/autofill/batch", question);
  }

  verify(question: VerifyQuestion): Promise<VerifyAnswer> {
    return this.#ask("POST", "/v1/verify", question);
  }

  validate(form: string, question: ValidateQuestion): Promise<ValidateAnswer> {
    return this.#ask("POST", `/v1/forms/${encodeURIComponent(form)}/validate`, question);
  }

  services(): Promise<ServiceList> {
    return this.#ask("GET", "/v1/services");
  }

  service(code: string): Promise<ServiceDetail> {
    return this.#ask("GET", `/v1/services/${encodeURIComponent(code)}`);
  }

  /** The JSON Schema of a form. */
  form(id: string): Promise<Record<string, unknown>> {
    return this.#ask("GET", `/v1/forms/${encodeURIComponent(id)}`);
  }

  async #ask<Answer>(method: string, path: string, question?: unknown): Promise<Answer> {
    const headers: Record<string, string> = { Accept: "application/json, application/problem+json" };
    if (this.#options.key !== undefined) headers["Authorization"] = `Bearer ${this.#options.key}`;
    const request: RequestInit = { method, headers, signal: AbortSignal.timeout(this.#options.timeout ?? 30_000) };
    if (question !== undefined) {
      headers["Content-Type"] = "application/json";
      request.body = JSON.stringify(question);
    }
    const ask = this.#options.fetch ?? fetch;
    let status = 0;
    let answer: unknown;
    try {
      const response = await ask(this.#base + path, request);
      status = response.status;
      answer = await response.json();
    } catch {
      // Not the cause's text: it may hold an address of a machine.
      throw new DiensanProblem(noAnswer(status), "outage");
    }
    if (status >= 200 && status < 300) return answer as Answer;
    const problem = isProblem(answer) ? answer : noAnswer(status);
    throw new DiensanProblem(problem, meaningOf(status, problem.code));
  }
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === "object" && answer !== null && typeof (answer as Problem).code === "string";
}

function noAnswer(status: number): Problem {
  return {
    type: "about:blank",
    title: "No answer that could be read.",
    detail: "Không nhận được câu trả lời. Điều này không nói gì về công dân.",
    status,
    code: "no_answer",
    request_id: "",
  };
}
