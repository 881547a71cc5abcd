// Only this machine, as in the rest of the local stack: any page that is open in a browser can send requests to loopback, and a
// name that somebody points at loopback makes such a page its neighbour.
"use strict";

/** Whether a request names this machine (`Host`) and comes from no page of another (`Origin`). */
function isFromHere({ host, origin }) {
  return isLoopback(`http://${host ?? ""}`) && (origin === undefined || isLoopback(origin));
}

/** Whether a URL leads to this machine. */
function isLoopback(url) {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const named = hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return named && ["http:", "https:"].includes(protocol);
}

/** Turns away whoever is not, before anything is looked at. */
function onlyFromHere(request, response, next) {
  if (isFromHere(request.headers)) return next();
  response.status(403).type("text").send("Only pages and programs of this machine may ask: the Host or the Origin is another's.\n");
}

module.exports = { isFromHere, onlyFromHere };
