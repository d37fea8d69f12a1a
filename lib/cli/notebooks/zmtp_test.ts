import { assertEquals, assertRejects } from "@std/assert";
import { permittedTest } from "../../_testing.ts";
import { connectZmtp } from "./zmtp.ts";

/**
 * Accepts one connection, greets as ZMTP 3.0 says, and returns the client's bytes until its READY, and the connection.
 */
function peer(version = 3) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = (async () => {
    const connection = await listener.accept();
    listener.close();
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, version, 0]);
    greeting.set(new TextEncoder().encode("NULL"), 12);
    await connection.write(greeting);
    // READY without metadata: command flag, length, length of the name, name.
    await connection.write(Uint8Array.of(4, 6, 5, ...new TextEncoder().encode("READY")));
    return connection;
  })();
  return { port: listener.addr.port, accepted };
}

async function read(connection: Deno.Conn, length: number): Promise<number[]> {
  const bytes: number[] = [];
  while (bytes.length < length) {
    const part = new Uint8Array(length - bytes.length);
    bytes.push(...part.subarray(0, await connection.read(part) ?? 0));
  }
  return bytes;
}

const ascii = (text: string) => [...new TextEncoder().encode(text)];

permittedTest("connectZmtp() greets and subscribes with the bytes of the specification", async () => {
  const { port, accepted } = peer();
  const socket = await connectZmtp("SUB", port);
  const connection = await accepted;
  const greeting = [0xff, ...Array(8).fill(0), 0x7f, 3, 0, ...ascii("NULL"), ...Array(16 + 1 + 31).fill(0)];
  assertEquals(await read(connection, 64), greeting);
  // Command READY with Socket-Type (https://rfc.zeromq.org/spec/23/#the-null-security-mechanism), then the
  // subscription.
  const ready = [5, ...ascii("READY"), 11, ...ascii("Socket-Type"), 0, 0, 0, 3, ...ascii("SUB")];
  assertEquals(await read(connection, ready.length + 2 + 3), [4, ready.length, ...ready, 0, 1, 1]);
  connection.close();
  assertEquals(await socket.receive(), null);
  socket.close();
});

permittedTest("ZmtpSocket sends and receives frames of both sizes", async () => {
  const { port, accepted } = peer();
  const socket = await connectZmtp("DEALER", port);
  const connection = await accepted;
  await read(connection, 64 + 2 + 6 + 12 + 4 + 6);
  await socket.send([Uint8Array.of(7), new Uint8Array(300)]);
  // More and short; then last and long, its length in eight bytes.
  assertEquals(await read(connection, 3 + 9 + 300), [1, 1, 7, 2, 0, 0, 0, 0, 0, 0, 1, 44, ...Array(300).fill(0)]);
  await connection.write(Uint8Array.of(1, 1, 8, 3, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 0));
  assertEquals(await socket.receive(), [Uint8Array.of(8), Uint8Array.of(9), new Uint8Array(0)]);
  connection.close();
  socket.close();
});

permittedTest("connectZmtp() refuses another version, and nobody", async () => {
  const { port, accepted } = peer(1);
  await assertRejects(() => connectZmtp("DEALER", port), TypeError, `Expected ZMTP 3 on port ${port}`);
  (await accepted).close();
  await assertRejects(() => connectZmtp("DEALER", port), Deno.errors.ConnectionRefused);
});
