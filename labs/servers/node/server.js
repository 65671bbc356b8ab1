// The application, as Node.js has it: a function that is called for each request and
// must return soon, because everything here happens on one thread.

const fs = require('node:fs');
const http = require('node:http');

const MAX_MS = 60_000;
const MAX_BYTES = 10_000_000;

const settings = JSON.parse(fs.readFileSync(process.argv[2]));

const server = http.createServer(
  {
    headersTimeout: settings.header_timeout_s * 1000,
    keepAliveTimeout: settings.keep_alive_s * 1000,
    // By default Node.js looks only every 30 s whether a head is overdue.
    connectionsCheckingInterval: 1000,
  },
  (request, response) => {
    const url = new URL(request.url, 'http://lab');
    operate(url.pathname, url.searchParams, (status, body) => {
      const fields = {
        'Content-Type': 'text/plain',
        'Content-Length': Buffer.byteLength(body),
      };
      response.writeHead(status, fields).end(body);
    });
  },
);

// Does what is asked for, and calls `done(status, body)` then.
function operate(path, query, done) {
  if (path === '/ping') return done(200, 'pong\n');
  if (path === '/wait') {
    // For something slow, such as a database: others are served meanwhile.
    const ms = number(query.get('ms'), MAX_MS);
    if (ms === null) return done(400, '');
    return setTimeout(() => done(200, 'waited\n'), ms);
  }
  if (path === '/cpu') {
    // Busy: nobody else is served meanwhile.
    const ms = number(query.get('ms'), MAX_MS);
    if (ms === null) return done(400, '');
    const until = performance.now() + ms;
    while (performance.now() < until);
    return done(200, 'worked\n');
  }
  if (path === '/bytes') {
    const n = number(query.get('n'), MAX_BYTES);
    return n === null ? done(400, '') : done(200, 'x'.repeat(n));
  }
  return done(404, '');
}

// Returns a whole number between 0 and `most`, or null.
function number(text, most) {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : null;
  return value !== null && value <= most ? value : null;
}

server.maxConnections = settings.max_connections;
server.listen(settings.port, settings.host, settings.backlog);
