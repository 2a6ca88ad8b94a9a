import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";

import { answer, serve } from "../server.js";

test("there is a page, and no other", () => {
  assert.equal(answer("/").status, 200);
  assert.equal(answer("/no").status, 404);
});

test("it says that it is well", async () => {
  const server = serve(0);
  await once(server, "listening");
  const response = await fetch(`http://127.0.0.1:${server.address().port}/healthz`);
  assert.equal(await response.text(), "well\n");
  server.closeAllConnections();
  server.close();
});
