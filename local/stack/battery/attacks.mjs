// The attacks, by kind. Each is a request and what may come of it; that nothing moves and nothing leaks is looked for
// after all of them.

import { createHmac, createSign, generateKeyPairSync } from "node:crypto";

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
const REFUSED = [400, 401, 403, 404, 405, 409, 411, 413, 414, 415, 422, 429, 431];
const json = (body) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** Every route with what it takes, for a member and for an admin; `{}` stands for somebody else's. */
export function routes(victim) {
  const { uid, opened, payment } = victim;
  const member = [
    { path: "/subscription" },
    { path: "/payments" },
    { path: "/checkout", ...json({ plan: "monthly", consent: { version: "2026-01" } }) },
    { path: `/checkout/${opened.merchant_uid}/complete`, ...json({}) },
    { path: "/subscription/card", ...json({}) },
    { path: "/subscription/card/expiry", ...json({ month: "2029-05" }) },
    { path: "/subscription/consent", ...json({ price: 9900, version: "2026-01" }) },
    { path: "/subscription/retry", ...json({}) },
    { path: "/subscription/cancel", ...json({}) },
    { path: "/subscription/resume", ...json({}) },
    { path: "/subscription/erase", ...json({}) },
  ];
  const admin = [
    { path: "/admin/cancellations" },
    { path: "/admin/cancellations/process", ...json({ dry_run: false, uids: [uid] }) },
    { path: "/admin/reviews" },
    { path: `/admin/reviews/${uid}.1/resolve`, ...json({ action: "accept", amount: 9900 }) },
    { path: `/admin/payments/${payment.merchant_uid}/refund`, ...json({ amount: 9900, reason: "x" }) },
    { path: `/admin/members/${uid}` },
    { path: `/admin/members/${uid}/forecast` },
    { path: `/admin/members/${uid}/acts`, ...json({ act: "end_now", reason: "x" }) },
    { path: `/admin/members/${uid}/acts`, ...json({ act: "give_days", days: 7, reason: "x" }) },
    { path: `/admin/members/${uid}/erase`, ...json({ reason: "x" }) },
    { path: "/admin/checkouts" },
    { path: "/admin/checkouts", ...json({ paused: true, reason: "x" }) },
    { path: "/admin/figures" },
    { path: `/admin/find?q=${uid}` },
    { path: "/admin/members?state=cancelling" },
    { path: "/admin/standing" },
    ...["payments", "refunds", "members", "journal"].map((book) => ({ path: `/admin/books/${book}`, ...json({ format: "csv" }) })),
    { path: "/admin/close", ...json({ month: "2026-01" }) },
    { path: "/admin/reconcile/01KAQ3X0000000000000000000" },
    { path: "/admin/reconcile", ...json({ from: "2026-01-01", to: "2026-01-02", dry_run: false }) },
  ];
  return { member, admin };
}

/** The routes of the document that want a token, and that none of these is. */
export function forgotten(document, { member, admin }) {
  const asked = [...member, ...admin].map(({ method = "GET", path }) => `${method} ${path.split("?")[0]}`);
  const open = ["/plans", "/iamport-callback", "/iamport-callback/schedule"];
  const all = Object.entries(document.paths).filter(([path]) => !open.includes(path)).flatMap(([path, of]) =>
    ["get", "post", "put", "patch", "delete"].filter((method) => method in of).map((method) => `${method.toUpperCase()} ${path}`));
  return all.filter((route) => {
    const pattern = new RegExp(`^${route.replace(/\{\w+\}/g, "[^/]+")}$`);
    return !asked.some((it) => pattern.test(it));
  });
}

/** Tokens that are none: unsigned, signed by others, of others, over, changed on the way. */
function forgedTokens(genuine, victim, now) {
  const [head, body, signature] = genuine.split(".");
  const header = decode(head);
  const claims = decode(body);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const rsa = (fields, of) => {
    const signed = `${encode(fields)}.${encode(of)}`;
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey).toString("base64url")}`;
  };
  const hmac = (fields, of, key) => {
    const signed = `${encode(fields)}.${encode(of)}`;
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  };
  const theirs = { ...claims, sub: victim.uid, user_id: victim.uid, admin: true };
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const swapped = (part) => `${head}.${encode(part)}.${signature}`;
  return {
    nothing: "",
    garbage: "abc.def.ghi",
    "two parts": `${head}.${body}`,
    "four parts": `${genuine}.${signature}`,
    "alg none": `${encode({ ...header, alg: "none" })}.${encode(theirs)}.`,
    "alg None": `${encode({ ...header, alg: "None" })}.${encode(theirs)}.${signature}`,
    "no alg": `${encode({ kid: header.kid })}.${encode(theirs)}.${signature}`,
    "HS256 with a public key": hmac({ ...header, alg: "HS256" }, theirs, pem),
    "HS256 with the key's name": hmac({ ...header, alg: "HS256" }, theirs, header.kid),
    "HS256 with nothing": hmac({ ...header, alg: "HS256" }, theirs, ""),
    "a stranger's key under Google's name": rsa(header, theirs),
    "a stranger's key": rsa({ ...header, kid: "mine" }, theirs),
    "a key that it brings": rsa({ ...header, jwk: publicKey.export({ format: "jwk" }) }, theirs),
    "a key from elsewhere": rsa({ ...header, jku: "http://127.0.0.1:1/keys", x5u: "http://127.0.0.1:1/keys" }, theirs),
    "a key's name that is a path": rsa({ ...header, kid: "../../../../etc/passwd" }, theirs),
    "a key's name that is a query": rsa({ ...header, kid: "' OR 1=1 --" }, theirs),
    "another's uid": swapped({ ...claims, sub: victim.uid, user_id: victim.uid }),
    "an admin's right": swapped({ ...claims, admin: true }),
    "more time": swapped({ ...claims, exp: now + 86_400 * 365 }),
    "another project": swapped({ ...claims, aud: "another", iss: "https://securetoken.google.com/another" }),
    "no uid": swapped({ ...claims, sub: "" }),
    "a signature that is cut": genuine.slice(0, -8),
    "a signature in another spelling": `${genuine}==`,
    "a blank in it": `${head}. ${body}.${signature}`,
  };
}

export function forged(eve, victim, now) {
  const { member, admin } = routes(victim);
  const all = [...member, ...admin];
  return Object.entries(forgedTokens(eve.token, victim, now)).flatMap(([what, token]) =>
    all.map((route) => ({
      what: `${what} at ${route.path}`,
      ...route,
      headers: { ...route.headers, authorization: `Bearer ${token}` },
      expect: [400, 401],
    })),
  );
}

/** A member's own token without a good one of our app's, and one in place of the other. `given` asks for tokens of apps'. */
export async function notOurApp(eve, given) {
  const { member } = routes({ uid: "x", opened: {}, payment: {} });
  const begin = member.filter(({ path }) => path === "/checkout" || path === "/subscription/card");
  const genuine = await given();
  const now = decode(genuine.split(".")[1]).iat;
  const forgedApps = Object.entries(forgedTokens(genuine, { uid: "1:123456789012:web:mine" }, now));
  const tokens = {
    missing: undefined,
    ...Object.fromEntries(forgedApps),
    "another project's": await given({ project_number: "999999999999" }),
    "another app's": await given({ app: "1:123456789012:web:mine" }),
    "over": await given({ lifetime: 0 }),
    "an ID token": eve.token,
    "two of them": `${genuine},${genuine}`,
    "with a scheme": `Bearer ${genuine}`,
  };
  const as = { authorization: `Bearer ${eve.token}` };
  const refused = Object.entries(tokens).flatMap(([what, token]) => begin.map((route) => ({
    what: `${what} as the app's at ${route.path}`, ...route,
    headers: { ...route.headers, ...as, ...(token === undefined ? {} : { "x-firebase-appcheck": token }) },
    expect: [403], says: "app-not-verified" })));
  const swapped = member.map((route) => ({
    what: `an app's token as a member's at ${route.path}`, ...route,
    headers: { ...route.headers, authorization: `Bearer ${genuine}`, "x-firebase-appcheck": genuine }, expect: [401] }));
  return [...refused, ...swapped];
}

/** A member's own token, where another's things and the admins' are. */
export function foreign(eve, victim) {
  const bearer = { authorization: `Bearer ${eve.token}` };
  const { admin } = routes(victim);
  const signed = (route) => ({ ...route, headers: { ...route.headers, ...bearer } });
  const { opened, payment, uid } = victim;
  const cursors = [`2026-01-01T00:00:00Z#${payment.imp_uid}`, `2026-01-01T00:00:00Z#${uid}`, uid, "../", "{}"];
  const ways = ["/admin/../admin/members/", "/ADMIN/members/", "//admin/members/", "/admin//members/", "/./admin/members/",
    "/admin/members/..%2f", "/subscription/../admin/members/", "/admin;/members/", "/%61dmin/members/", "/admin%2fmembers%2f",
    "/plans/../admin/members/", "/admin/members/%00"];
  return [
    ...admin.map((route) => ({ what: `a member at ${route.path}`, ...signed(route), expect: [403] })),
    ...ways.map((way) => ({ what: `${way} as a member`, ...signed({ path: `${way}${uid}` }), expect: [400, 403, 404] })),
    ...cursors.map((it) => ({
      what: "a cursor of another's list",
      ...signed({ path: `/payments?cursor=${Buffer.from(it).toString("base64url")}` }),
      expect: [200, 400],
    })),
    { what: "another's order", ...signed({ path: `/checkout/${opened.merchant_uid}/complete`, ...json({}) }), expect: [404] },
    { what: "another's charge", ...signed({ path: `/checkout/${payment.merchant_uid}/complete`, ...json({}) }), expect: [404] },
    ...["x-admin", "x-user-id", "x-amzn-request-context", "x-forwarded-user", "x-http-method-override", "x-original-url",
      "x-rewrite-url", "x-amz-security-token", "cookie"].map((name) => ({
      what: `${name} says who it is`,
      ...signed({ path: `/admin/members/${uid}` }),
      headers: { ...bearer, [name]: name === "cookie" ? `session=${uid}; admin=true` : uid },
      expect: [403],
    })),
  ];
}

/** Webhooks that nobody at Iamport sent. */
export function webhooks(victims, eve) {
  const ids = victims.flatMap(({ opened, payment }) => [
    [payment.imp_uid, payment.merchant_uid],
    [payment.imp_uid, opened.merchant_uid],
    ["imps_000000009999", payment.merchant_uid],
    [payment.imp_uid, eve.opened.merchant_uid],
  ]);
  const odd = [["", ""], ["imps_1", "order-of-another-shop"], ["imps_1", "pay-00000000000000000000000000-0-0"],
    ["../users/getToken", ids[0][1]], ["imps_1?x=y", ids[0][1]], ["imps_1/../../x", ids[0][1]], ["\u0000", ids[0][1]]];
  const expect = [200, 400, 503];
  return ["/iamport-callback", "/iamport-callback/schedule", "/iamport-callback?k=guessed", "/iamport-callback/schedule?k=AAAAAAAAAAAAAAAAAAAAAA"].flatMap(
    (path) => [...ids, ...odd].flatMap(([imp_uid, merchant_uid]) =>
      ["paid", "cancelled", "failed"].map((status) => {
        const form = new URLSearchParams({ imp_uid, merchant_uid, status }).toString();
        const asForm = { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: form };
        const request = status === "failed" ? asForm : json({ imp_uid, merchant_uid, status, amount: 100 });
        return { what: `a webhook of ${merchant_uid || "nothing"}`, path, ...request, expect };
      }),
    ),
  );
}

/** Bodies of the wrong kind, of any size and depth, and requests that are hardly any. */
export function odd(eve, victim) {
  const bearer = { authorization: `Bearer ${eve.token}`, "x-firebase-appcheck": eve.app };
  const { member } = routes(victim);
  const writes = member.filter((route) => route.method === "POST");
  const values = [null, true, -1, 1e308, 9.5, "", "x".repeat(5_000), "\u202e", "2026-13-45", [], [[]], {}, { a: { b: {} } }];
  const wrong = writes.flatMap((route) => {
    const fields = Object.keys(JSON.parse(route.body));
    const bodies = fields.flatMap((field) => values.map((value) => ({ ...JSON.parse(route.body), [field]: value })));
    return [...bodies, { __proto__x: 1, constructor: { prototype: {} } }, { "": 1 }].map((body) => ({
      what: `a wrong field at ${route.path}`, path: route.path, ...json(body), headers: { ...json({}).headers, ...bearer },
      // Of some all fields are optional, and null is as good as none.
      expect: [200, 201, ...REFUSED],
    }));
  });
  const raw = ["", "{", "[", "nul", "\u0000", "{\"a\":1}{\"b\":2}", "\ufeff{}", "{".repeat(20_000), "[".repeat(50_000), "x".repeat(70_000),
    "x".repeat(10_000_000), JSON.stringify({ plan: "x".repeat(60_000) })];
  const broken = raw.flatMap((body) => ["/checkout", "/iamport-callback", "/subscription/cancel"].map((path) => ({
    what: `a body of ${body.length} bytes that is none`, method: "POST", path, body,
    headers: { "content-type": "application/json", ...bearer }, expect: [200, ...REFUSED],
  })));
  const paths = ["/%00", "/%ff", "/%", "/checkout/%2e%2e/complete", `/checkout/${"x".repeat(6_000)}/complete`, `/payments?cursor=${"x".repeat(6_000)}`,
    `/payments?${"a=1&".repeat(1_000)}`, "/payments?cursor=%00", "/payments?cursor[]=1", "/admin/members/~", "/admin/members/%7E41", "*"];
  // A read is answered whatever else its query says.
  const ways = paths.map((path) => ({ what: `the path ${path.slice(0, 30)}`, path, headers: bearer, expect: [200, ...REFUSED] }));
  const methods = ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"].flatMap((method) =>
    member.slice(0, 4).map(({ path }) => ({ what: `${method} ${path}`, method, path, headers: bearer, expect: [200, 204, ...REFUSED] })));
  const headers = [{ authorization: `Basic ${encode("a:b")}` }, { authorization: "Bearer" }, { authorization: `Bearer ${"x".repeat(12_000)}` },
    { authorization: `bearer  ${"."}` }, { "content-type": "multipart/form-data; boundary=x" }, { "transfer-encoding": "gzip" },
    { "content-encoding": "gzip" }, { "x-forwarded-proto": "https,http" }, { "x-forwarded-for": "1".repeat(9_000) }, { expect: "200-ok" }];
  const strange = headers.flatMap((of) => ["/subscription", "/checkout"].map((path) => ({
    what: `the header ${Object.keys(of)[0]}`, path, ...(path === "/checkout" ? json({}) : {}), headers: { ...of }, expect: [...REFUSED, 417, 501] })));
  return [...wrong, ...broken, ...ways, ...methods, ...strange];
}

/** What a page of somebody else's site can have a browser send, and a name that leads to this machine. */
export function crossSite(victim, eve) {
  const origins = ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "null", "file://", "http://[::ffff:8.8.8.8]"];
  const hosts = ["evil.example", "evil.example:8080", "localhost.evil.example", "169.254.169.254"];
  const bearer = { authorization: `Bearer ${eve.token}` };
  const plain = { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" };
  const ofUs = origins.flatMap((origin) => [
    { what: `a page of ${origin} cancels`, path: "/subscription/cancel", ...plain, headers: { ...plain.headers, origin }, expect: [401, 403] },
    { what: `a page of ${origin} asks first`, method: "OPTIONS", path: "/subscription", headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" }, expect: [...REFUSED, 200, 204], noCors: true },
    { what: `a page of ${origin} reads`, path: "/subscription", headers: { origin, ...bearer }, expect: [200, 403], noCors: true },
  ]);
  const others = [...origins.map((origin) => ({ origin })), ...hosts.map((host) => ({ host }))];
  const scan = { path: "/", ...json({ TableName: "subscriptions" }) };
  const ofTheTables = others.map((headers) => ({
    what: `${JSON.stringify(headers)} at the tables`, at: "dynamodb", ...scan,
    headers: { ...scan.headers, "x-amz-target": "DynamoDB_20120810.Scan", ...headers }, expect: [403], noCors: true,
  }));
  const ofTheSimulator = others.flatMap((headers) =>
    [{ path: "/simulator/payments" }, { path: "/simulator/sign-in", ...json({ uid: victim.uid, email: "x@y.example", admin: true }) },
      { path: "/simulator/clock", ...json({ advance_seconds: 60 }) }, { path: "/simulator/accounts" }].map((route) => ({
      what: `${JSON.stringify(headers)} at ${route.path}`, at: "simulator", ...route, headers: { ...route.headers, ...headers }, expect: [403],
    })));
  const named = hosts.map((host) => ({ what: `the name ${host}`, path: "/subscription", headers: { host, ...bearer }, expect: [200, 403], noCors: true }));
  return [...ofUs, ...ofTheSimulator, ...ofTheTables, ...named];
}
