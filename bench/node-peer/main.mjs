// The function: its routes behind Lambda's Runtime API, one event after the other.
import http from "node:http";
import { handle } from "hono/aws-lambda";
import { app } from "./app.mjs";
import { open } from "./connections.mjs";
import { address as iamport } from "./iamport.mjs";
import { address as dynamodb } from "./tables.mjs";

const runtime = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const handler = handle(app);

/** Sends a request and brings back the whole answer. */
function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(runtime + path, { method, agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part)).on("error", reject);
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts) }));
    });
    request.on("error", reject).end(body);
  });
}

await Promise.all([open(dynamodb), open(iamport)]);
for (;;) {
  const { headers, body } = await call("GET", "/next");
  const awsRequestId = headers["lambda-runtime-aws-request-id"];
  const left = () => Number(headers["lambda-runtime-deadline-ms"]) - Date.now();
  try {
    const reply = await handler(JSON.parse(body), { awsRequestId, getRemainingTimeInMillis: left });
    await call("POST", `/${awsRequestId}/response`, JSON.stringify(reply));
  } catch (error) {
    const told = { errorType: error.name, errorMessage: error.message, stackTrace: [] };
    await call("POST", `/${awsRequestId}/error`, JSON.stringify(told));
  }
}
