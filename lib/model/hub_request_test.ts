import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { hubOptions } from "./hub_options.ts";
import { hubRequest, retrying, TransientError } from "./hub_request.ts";

Deno.test("retrying() gives up after as many repetitions as there are pauses, with the last error", async () => {
  let attempts = 0;
  const fail = () => Promise.reject(new TransientError(`attempt ${++attempts}`));
  await assertRejects(() => retrying(fail, [0, 0, 0]), TransientError, "attempt 4");
});

Deno.test("retrying() does not repeat what will not pass", async () => {
  let attempts = 0;
  const refuse = () => (attempts++, Promise.reject(new InputError("no such model")));
  await assertRejects(() => retrying(refuse, [0, 0]), InputError, "no such model");
  assertEquals(attempts, 1);
});

Deno.test("retrying() counts anew after progress, and only then", async () => {
  let attempts = 0;
  const failTen = () => ++attempts < 10 ? Promise.reject(new TransientError("broken")) : Promise.resolve(attempts);
  assertEquals(await retrying(failTen, [0], () => attempts), 10);
  attempts = 0;
  await assertRejects(() => retrying(failTen, [0], () => Math.min(attempts, 3)), TransientError);
  assertEquals(attempts, 4, "the third got somewhere, its one repetition did not");
});

Deno.test("hubRequest() stops following redirects that run in circles", async () => {
  const listen = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(listen, () => new Response(null, { status: 307, headers: { location: "/again" } }));
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  const options = hubOptions(() => undefined, { endpoint });
  await assertRejects(() => hubRequest(`${endpoint}/x`, options), InputError, "redirects more than ten times");
  await server.shutdown();
});

Deno.test("hubRequest() does not try again where it has no permission to go", async () => {
  const options = hubOptions(() => undefined, { endpoint: "http://127.0.0.2:9999" });
  await assertRejects(
    () => hubRequest("http://127.0.0.2:9999", options),
    InputError,
    "127.0.0.2:9999 may not be reached",
  );
});
