// The connections to DynamoDB and to Iamport: kept alive, and opened while the function starts.
import http from "node:http";
import https from "node:https";

const PATIENCE_MS = 3000;

export const httpAgent = new http.Agent({ keepAlive: true });
export const httpsAgent = new https.Agent({ keepAlive: true });

/** Opens a connection and leaves it in the pool. Any answer will do, and none too. */
export function open(url) {
  const [client, agent] = url.startsWith("https:") ? [https, httpsAgent] : [http, httpAgent];
  return new Promise((done) => {
    const request = client.request(url, { method: "HEAD", agent, timeout: PATIENCE_MS }, (answer) => {
      answer.resume().on("close", done);
    });
    request.on("timeout", () => request.destroy()).on("error", done).end();
  });
}
