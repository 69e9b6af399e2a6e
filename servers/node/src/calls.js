/** The access log: one line for each call of a tool, written just before its answer ends, with the call's metrics. */

/** Header by which a request that is handed to the protocol finds its `Call` again; what a client sends is replaced. */
const CALL_HEADER = "mcp-ops-call";
/** What stands for a tool that the caller made up. */
export const NO_TOOL = "*";

const DEFINITIONS = [
  { Name: "ToolCalls", Unit: "Count" },
  { Name: "ToolErrors", Unit: "Count" },
  { Name: "ToolRejections", Unit: "Count" },
  { Name: "ToolLatency", Unit: "Milliseconds" },
  { Name: "ToolInputBytes", Unit: "Bytes" },
  { Name: "ToolOutputBytes", Unit: "Bytes" },
];

/**
 * @typedef {"ok" | "error" | "rejected" | "denied"} Outcome
 * @typedef {{ tool: string, outcome: Outcome, duration_ms: number } & Record<string, unknown>} Fields
 * @typedef {import("node:http").IncomingMessage} Request
 * @typedef {import("node:http").ServerResponse} Response
 */

/** The requests that are being handled. */
export class Calls {
  /** @type {Map<string, Call>} */
  #open = new Map();
  #last = 0;
  #log;

  /** @param {import("./logging.js").Log} log Writes access lines. */
  constructor(log) {
    this.#log = log;
  }

  /**
   * Begins to count a request that is handed to the protocol.
   *
   * @param {Request} req
   * @param {Response} res
   */
  begin(req, res) {
    const id = String(++this.#last);
    const call = new Call(this.#log);
    this.#open.set(id, call);
    req.headers[CALL_HEADER] = id;
    countInput(req, call);
    countOutput(res, call);
    res.once("close", () => {
      this.#open.delete(id);
      call.end();
    });
  }

  /** @param {Headers | undefined} headers Of the request as the protocol sees it. */
  of(headers) {
    return this.#open.get(headers?.get(CALL_HEADER) ?? "");
  }
}

/** What one request's access line says; complete when both the tool and the answer have ended. */
export class Call {
  inputBytes = 0;
  outputBytes = 0;
  #log;
  #answered = false;
  /** @type {Fields | undefined} */
  #fields;

  /** @param {import("./logging.js").Log} log */
  constructor(log) {
    this.#log = log;
  }

  /**
   * Notes what the tool's side knows.
   *
   * @param {Fields} fields
   */
  done(fields) {
    this.#fields = fields;
    if (this.#answered) this.#write(fields); // the client left before
  }

  /** Writes the line of a call whose answer is complete; the second time nothing happens. */
  end() {
    if (!this.#answered && this.#fields) this.#write(this.#fields);
    this.#answered = true;
  }

  /** @param {Fields} fields */
  #write(fields) {
    const { tool, outcome, duration_ms: milliseconds } = fields;
    const refused = outcome === "rejected" || outcome === "denied";
    const sizes = [this.inputBytes, this.outputBytes];
    this.#log.info("tool called", { ...fields, input_bytes: sizes[0], output_bytes: sizes[1] }, {
      definitions: DEFINITIONS,
      values: [1, Number(outcome === "error"), Number(refused), milliseconds, ...sizes],
      dimensions: tool === NO_TOOL ? {} : { Tool: tool },
      totals: true,
    });
  }
}

/**
 * @param {Request} req
 * @param {Call} call
 */
function countInput(req, call) {
  const given = req.headers["content-length"];
  if (given !== undefined) {
    call.inputBytes = Number(given);
    return;
  }
  const read = req[Symbol.asyncIterator].bind(req);
  req[Symbol.asyncIterator] = async function* counted() {
    for await (const chunk of read()) {
      call.inputBytes += chunk.length;
      yield chunk;
    }
  };
}

/**
 * @param {Response} res
 * @param {Call} call
 */
function countOutput(res, call) {
  const { write, end } = res;
  res.write = (/** @type {any[]} */ ...args) => {
    call.outputBytes += sizeOf(args[0]);
    return Reflect.apply(write, res, args);
  };
  res.end = (/** @type {any[]} */ ...args) => {
    call.outputBytes += sizeOf(args[0]);
    call.end();
    return Reflect.apply(end, res, args);
  };
}

/** @param {unknown} chunk */
function sizeOf(chunk) {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.length : 0;
}
