// A page, and whether it is well.
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

export function answer(path) {
  if (path === "/healthz") return { status: 200, body: "well\n" };
  if (path === "/") return { status: 200, body: "What do you want to buy?\n" };
  return { status: 404, body: "There is no such page.\n" };
}

export function serve(port) {
  const server = createServer((request, response) => {
    const { status, body } = answer(new URL(request.url, "http://web").pathname);
    response.writeHead(status, { "Content-Type": "text/plain" }).end(body);
  });
  process.once("SIGTERM", () => server.close());
  return server.listen(port);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(Number(process.env.PORT ?? 8080));
