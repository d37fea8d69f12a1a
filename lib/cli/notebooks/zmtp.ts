/**
 * A client of ZeroMQ's wire protocol, ZMTP 3.0 (https://rfc.zeromq.org/spec/23/), as far as Jupyter needs it: TCP, no
 * security, DEALER and SUB sockets.
 *
 * The npm package `zeromq` wraps the C library, which waits for sockets through libuv; Deno imitates that part of Node,
 * and a message sent right after connecting stays unsent now and then (Deno 2.9.6, zeromq 6.8.0).
 */
import { Buffer } from "node:buffer";

/** What kind of socket this end is. */
export type SocketType = "DEALER" | "SUB";

/** A connection that carries messages, each a list of frames. */
export interface ZmtpSocket {
  send(frames: readonly Uint8Array[]): Promise<void>;
  /** The next message; null once the connection is closed, at either end. */
  receive(): Promise<Uint8Array[] | null>;
  close(): void;
}

const MORE = 1, LONG = 2, COMMAND = 4; // flags of a frame

/**
 * Connects to a socket on this machine. A SUB socket subscribes to everything. Throws a ConnectionRefused if nobody
 * listens there. Throws a TypeError if what listens there does not speak ZMTP 3.
 */
export async function connectZmtp(type: SocketType, port: number): Promise<ZmtpSocket> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const frames = frameReader(connection);
  try {
    await writeAll(connection, greeting());
    const answer = await frames.bytes(64);
    if (answer === null || answer[0] !== 0xff || answer[9] !== 0x7f || answer[10]! < 3) {
      const found = answer === null ? "nothing" : `"${new TextDecoder().decode(answer.subarray(0, 10))}"`;
      throw new TypeError(`Expected ZMTP 3 on port ${port}, found ${found}`);
    }
    await writeAll(connection, encodeFrame(readyCommand(type), COMMAND));
    await frames.next();
    // Before ZMTP 3.1 a subscription is a message: 1, then the prefix of the messages that are wanted.
    if (type === "SUB") await writeAll(connection, encodeFrame(Uint8Array.of(1), 0));
  } catch (error) {
    connection.close();
    throw error;
  }

  // One message after the other, or their bytes would mix.
  let sent = Promise.resolve();
  return {
    send(parts) {
      const bytes = concat(parts.map((part, i) => encodeFrame(part, i < parts.length - 1 ? MORE : 0)));
      sent = sent.then(() => writeAll(connection, bytes));
      return sent;
    },
    async receive() {
      const parts: Uint8Array[] = [];
      while (true) {
        const frame = await frames.next();
        if (frame === null) return null;
        if (frame.flags & COMMAND) continue;
        parts.push(frame.body);
        if (!(frame.flags & MORE)) return parts;
      }
    },
    close: () => connection.close(),
  };
}

/** Signature, version 3.0, mechanism NULL, not a server, and nothing. */
function greeting(): Uint8Array<ArrayBuffer> {
  const signature = Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f);
  return concat([signature, Uint8Array.of(3, 0), new TextEncoder().encode("NULL"), new Uint8Array(48)]);
}

/** The command READY with the property Socket-Type. */
function readyCommand(type: SocketType): Uint8Array<ArrayBuffer> {
  const [command, name, value] = ["READY", "Socket-Type", type].map((text) => new TextEncoder().encode(text));
  const length = (part: Uint8Array) => Uint8Array.of(part.length);
  return concat([length(command!), command!, length(name!), name!, Uint8Array.of(0, 0, 0), length(value!), value!]);
}

function encodeFrame(body: Uint8Array, flags: number): Uint8Array<ArrayBuffer> {
  if (body.length < 256) return concat([Uint8Array.of(flags, body.length), body]);
  const head = new Uint8Array(9);
  head[0] = flags | LONG;
  new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
  return concat([head, body]);
}

/** Reads a connection frame by frame; null where it ends. */
function frameReader(connection: Deno.Conn) {
  const bytes = async (length: number): Promise<Uint8Array | null> => {
    const whole = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const count = await connection.read(whole.subarray(filled)).catch(endOfClosed);
      if (count === null) return null;
      filled += count;
    }
    return whole;
  };
  const next = async () => {
    const flags = (await bytes(1))?.[0];
    const size = flags === undefined ? null : await bytes(flags & LONG ? 8 : 1);
    if (flags === undefined || size === null) return null;
    const body = await bytes(flags & LONG ? Number(new DataView(size.buffer).getBigUint64(0)) : size[0]!);
    return body && { flags, body };
  };
  return { bytes, next };
}

/** Closing at this end, or a process that dies at the other, is an end like any other. */
function endOfClosed(error: unknown): null {
  const { BadResource, Interrupted, ConnectionReset } = Deno.errors;
  if ([BadResource, Interrupted, ConnectionReset].some((kind) => error instanceof kind)) return null;
  throw error;
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await connection.write(bytes.subarray(written));
}

const concat = (parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
