/**
 * Deno's Jupyter kernel, driven without Jupyter: the kernel is `deno jupyter`, and this is the other end of
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html.
 *
 * Jupyter's own client (nbclient) loses outputs of this kernel now and then: Deno 2.9.6 announces that a cell is done
 * before it has sent all that the cell displayed. {@linkcode Kernel.execute} asks for a mark after each cell and waits
 * for that.
 */
import { connectZmtp, type SocketType, type ZmtpSocket } from "./zmtp.ts";

/** A running kernel. */
export interface Kernel {
  /**
   * Runs a cell of TypeScript, gives each message that it sends to `receive`, and returns the error that ended it, or
   * null. Throws an Error if the kernel ends before the cell does.
   */
  execute(code: string, receive: (message: KernelMessage) => void): Promise<CellError | null>;
  /** What ■ does: interrupts the cell that runs. */
  interrupt(): void;
  /** Ends the kernel's process. */
  stop(): Promise<void>;
}

/** What the kernel says. */
export interface KernelMessage {
  /** Such as `display_data`. */
  readonly type: string;
  // deno-lint-ignore no-explicit-any -- what it holds depends on its type
  readonly content: any;
}

/** What a cell threw. */
export type CellError = Readonly<{ name: string; message: string; traceback: readonly string[] }>;

/** The folder a kernel starts in, as editors start it in the notebook's, and variables over those of this process. */
type KernelOptions = Readonly<{ folder: string; env?: Record<string, string> }>;

const START_TIMEOUT = 60_000; // loading Deno takes a second, a minute on a machine that does much else
const POLL = 50;
const MARK = "end-of-cell";
const MARK_CODE =
  `Deno.jupyter.broadcast("display_data", { data: {}, metadata: {}, transient: { display_id: "${MARK}" } })`;

/**
 * Starts a kernel of this very Deno. Cells may do whatever this user may: the kernel knows no narrower permissions.
 * Throws an Error if it ends at once, or is not ready within a minute.
 */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  const [shell, iopub, stdin, control, hb] = freePorts(5) as [number, number, number, number, number];
  const key = crypto.randomUUID();
  const connectionFile = await Deno.makeTempFile({ prefix: "kernel-", suffix: ".json" });
  const ports = { shell_port: shell, iopub_port: iopub, stdin_port: stdin, control_port: control, hb_port: hb };
  const connection = { transport: "tcp", ip: "127.0.0.1", ...ports, signature_scheme: "hmac-sha256", key };
  await Deno.writeTextFile(connectionFile, JSON.stringify(connection));
  const process = startProcess(connectionFile, options);
  const sockets: ZmtpSocket[] = [];
  let stopped = false;
  const stop = async () => {
    stopped = true;
    for (const socket of sockets) socket.close();
    await process.stop();
  };
  try {
    const deadline = Date.now() + START_TIMEOUT;
    for (const [type, port] of [["DEALER", shell], ["SUB", iopub]] as const) {
      const connected = connectWhenUp(type, port, () => stopped || Date.now() > deadline);
      sockets.push(await Promise.race([connected, process.ended]));
    }
    const [requests, outputs] = sockets as [ZmtpSocket, ZmtpSocket];
    const execute = await executor({ requests, outputs, ended: process.ended }, key);
    return { execute, interrupt: process.interrupt, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await Deno.remove(connectionFile);
  }
}

/** The kernel's process; `ended` throws when it ends by itself, with what it said last. */
function startProcess(
  connectionFile: string,
  { folder, env = {} }: KernelOptions,
): { ended: Promise<never>; interrupt(): void; stop(): Promise<void> } {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["jupyter", "--kernel", "--conn", connectionFile],
    cwd: folder,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const errors = lastText(process.stderr);
  let stopped = false;
  const ended = process.status.then(async ({ code, signal }) => {
    if (stopped) return;
    const said = await errors;
    throw new Error(`The kernel ended ${signal ? `by ${signal}` : `with exit code ${code}`}${said && `: ${said}`}`);
  }) as Promise<never>;
  ended.catch(() => {}); // Whoever waits for the kernel gets the error; nobody may be waiting.
  const stop = async () => {
    stopped = true;
    try {
      process.kill();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
    await Promise.all([process.status, errors]);
  };
  return { ended, interrupt: () => process.kill("SIGINT"), stop };
}

/** Asks the kernel on one connection and hears what cells say on the other. */
async function executor(
  { requests, outputs, ended }: { requests: ZmtpSocket; outputs: ZmtpSocket; ended: Promise<never> },
  key: string,
): Promise<Kernel["execute"]> {
  const encode = await messageEncoder(key);
  /** The next message of a socket; a closed connection means that the process is ending. */
  const next = async (socket: ZmtpSocket): Promise<KernelMessage> => {
    const frames = await Promise.race([socket.receive(), ended]);
    return frames === null ? await ended : decodeMessage(frames);
  };
  const ask = async (type: string, content: unknown) => {
    await requests.send(await encode(type, content));
    return (await next(requests)).content;
  };
  // The kernel drops what it has to say until it has seen the subscription. It says something at each request.
  const heard = next(outputs);
  heard.catch(() => {});
  do await ask("kernel_info_request", {}); while (await Promise.race([heard.then(() => false), delay(POLL)]));

  return async (code, receive) => {
    const reply = ask("execute_request", { code, silent: false, store_history: true, allow_stdin: false });
    const marked = reply.then(() => ask("execute_request", { code: MARK_CODE, silent: true, store_history: false }));
    marked.catch(() => {}); // The outputs end with the same error, and are waited for first.
    let failure: CellError | null = null;
    while (true) {
      const message = await next(outputs);
      if (message.type === "display_data" && message.content.transient?.display_id === MARK) break;
      if (message.type === "error") failure = asError(message.content);
      else if (message.type !== "status" && message.type !== "execute_input") receive(message);
    }
    await marked;
    const content = await reply;
    return failure ?? (content.status === "ok" ? null : asError(content));
  };
}

function asError({ ename, evalue, traceback }: KernelMessage["content"]): CellError {
  return { name: ename, message: evalue, traceback };
}

/** Ports that nobody listens on at this moment. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}

async function connectWhenUp(type: SocketType, port: number, tooLate: () => boolean): Promise<ZmtpSocket> {
  while (true) {
    try {
      return await connectZmtp(type, port);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      if (tooLate()) throw new Error(`Expected the kernel within ${START_TIMEOUT / 1000} seconds`);
    }
    await delay(POLL);
  }
}

/** The last lines of a stream, without what Deno says at each start. */
async function lastText(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) text = (text + part).slice(-2000);
  return text.replace(/^.*"deno jupyter" is unstable.*$/m, "").trim();
}

const delay = (milliseconds: number) => new Promise<true>((resolve) => setTimeout(() => resolve(true), milliseconds));

const DELIMITER = "<IDS|MSG>";

/**
 * Makes a function that turns requests into frames signed with a key:
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol.
 */
export async function messageEncoder(key: string): Promise<(type: string, content: unknown) => Promise<Uint8Array[]>> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const secret = await crypto.subtle.importKey("raw", bytes(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const session = crypto.randomUUID();
  return async (type, content) => {
    const [id, date] = [crypto.randomUUID(), new Date().toISOString()];
    const header = { msg_id: id, session, username: "", date, msg_type: type, version: "5.3" };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const signature = new Uint8Array(await crypto.subtle.sign("HMAC", secret, bytes(parts.join(""))));
    return [DELIMITER, signature.toHex(), ...parts].map(bytes);
  };
}

/**
 * Reads the frames of a message; whatever stands before the delimiter says for whom they are. Whoever listens on the
 * ports of a kernel that we started is that kernel: its signatures are not checked. Throws a TypeError if they are not
 * a message. Deno's kernel (2.9.6) mixes messages when one of many megabytes fills the connection, so cells should
 * display less.
 */
export function decodeMessage(frames: readonly Uint8Array[]): KernelMessage {
  const texts = frames.map((frame) => new TextDecoder().decode(frame));
  const start = texts.indexOf(DELIMITER);
  try {
    return { type: JSON.parse(texts[start + 2]!).msg_type, content: JSON.parse(texts[start + 5]!) };
  } catch (cause) {
    const size = frames.reduce((sum, { length }) => sum + length, 0);
    const found = `${frames.length} frames of ${size} bytes that are none`;
    const why = "a cell may have displayed more than the kernel can send at once";
    throw new TypeError(`Expected a Jupyter message, found ${found}; ${why}`, { cause });
  }
}
