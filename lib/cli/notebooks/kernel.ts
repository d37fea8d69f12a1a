/**
 * Deno's Jupyter kernel, driven without Jupyter: the kernel is `deno jupyter`, and this is the other end of
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html.
 *
 * Jupyter's own client (nbclient) loses outputs of this kernel now and then: Deno 2.9.6 announces that a cell is done before it
 * has sent all that the cell displayed. {@linkcode Kernel.execute} asks for a mark after each cell and waits for that.
 *
 * @module
 */
import { connectZmtp, type SocketType, type ZmtpSocket } from "./zmtp.ts";
import { decodeMessage, type KernelMessage, messageEncoder } from "./wire.ts";

/** A running kernel. */
export interface Kernel {
  /**
   * Runs a cell.
   *
   * @param code TypeScript.
   * @param receive Called with each message the cell sends.
   * @returns The error that ended the cell, or null.
   * @throws {Error} If the kernel ends before the cell does.
   */
  execute(code: string, receive: (message: KernelMessage) => void): Promise<CellError | null>;
  /** Ends the kernel's process. */
  stop(): Promise<void>;
}

/** What a cell threw. */
export interface CellError {
  readonly name: string;
  readonly message: string;
  readonly traceback: readonly string[];
}

/** Where and with what a kernel runs. */
export interface KernelOptions {
  /** The folder it starts in; notebook editors take the notebook's. */
  readonly folder: string;
  /** Environment variables over those of this process. */
  readonly env?: Record<string, string>;
}

/** Loading Deno takes a second, a minute on a machine that does much else. */
const START_TIMEOUT = 60_000;
const POLL = 50;
const MARK = "end-of-cell";
const MARK_CODE =
  `Deno.jupyter.broadcast("display_data", { data: {}, metadata: {}, transient: { display_id: "${MARK}" } })`;

/**
 * Starts a kernel of this very Deno. Cells may do whatever this user may: the kernel knows no narrower permissions.
 *
 * @param options Where to start it.
 * @returns The kernel, ready to execute; stop it when done.
 * @throws {Error} If it ends at once, or is not ready within a minute.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { startKernel } from "./kernel.ts";
 *
 * const kernel = await startKernel({ folder: "." });
 * const texts: string[] = [];
 * const error = await kernel.execute(`console.log("hello")`, ({ content }) => texts.push(content.text));
 * await kernel.stop();
 * assertEquals([texts, error], [["hello\n"], null]);
 * ```
 */
export async function startKernel({ folder, env = {} }: KernelOptions): Promise<Kernel> {
  const [shellPort, outputPort, stdinPort, controlPort, heartbeatPort] = freePorts(5);
  const key = crypto.randomUUID();
  const connectionFile = await Deno.makeTempFile({ prefix: "kernel-", suffix: ".json" });
  await Deno.writeTextFile(
    connectionFile,
    JSON.stringify({
      transport: "tcp",
      ip: "127.0.0.1",
      shell_port: shellPort,
      iopub_port: outputPort,
      stdin_port: stdinPort,
      control_port: controlPort,
      hb_port: heartbeatPort,
      signature_scheme: "hmac-sha256",
      key,
    }),
  );
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
  });
  ended.catch(() => {}); // Whoever waits for the kernel gets the error; nobody may be waiting.
  const orEnd = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, ended as Promise<never>]);
  /** The next message of a socket; a closed connection means that the process is ending. */
  const next = async (socket: ZmtpSocket): Promise<KernelMessage> => {
    const frames = await orEnd(socket.receive());
    return frames === null ? await (ended as Promise<never>) : decodeMessage(frames);
  };

  const sockets: ZmtpSocket[] = [];
  const stop = async () => {
    stopped = true;
    for (const socket of sockets) socket.close();
    try {
      process.kill();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
    await Promise.all([process.status, errors]);
  };

  try {
    const deadline = Date.now() + START_TIMEOUT;
    for (const [type, port] of [["DEALER", shellPort!], ["SUB", outputPort!]] as const) {
      sockets.push(await orEnd(connectWhenUp(type, port, () => stopped || Date.now() > deadline)));
    }
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await Deno.remove(connectionFile);
  }
  const [shell, output] = sockets as [ZmtpSocket, ZmtpSocket];
  const encode = await messageEncoder(key);

  const ask = async (type: string, content: unknown) => {
    await shell.send(await encode(type, content));
    return (await next(shell)).content;
  };

  // The kernel drops what it has to say until it has seen the subscription. It says something at each request.
  const heard = next(output);
  heard.catch(() => {});
  do await ask("kernel_info_request", {}); while (await Promise.race([heard.then(() => false), delay(POLL)]));

  const execute: Kernel["execute"] = async (code, receive) => {
    const reply = ask("execute_request", { code, silent: false, store_history: true, allow_stdin: false });
    const marked = reply.then(() => ask("execute_request", { code: MARK_CODE, silent: true, store_history: false }));
    marked.catch(() => {}); // The outputs end with the same error, and are waited for first.
    let failure: CellError | null = null;
    while (true) {
      const message = await next(output);
      if (message.type === "display_data" && message.content.transient?.display_id === MARK) break;
      if (message.type === "error") failure = asError(message.content);
      else if (message.type !== "status" && message.type !== "execute_input") receive(message);
    }
    await marked;
    const content = await reply;
    return failure ?? (content.status === "ok" ? null : asError(content));
  };
  return { execute, stop };
}

// deno-lint-ignore no-explicit-any -- as the kernel sends it
function asError(content: any): CellError {
  return { name: content.ename, message: content.evalue, traceback: content.traceback };
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
