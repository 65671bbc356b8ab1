<?php
// The application that PHP-FPM runs: one script, four operations, each ?op=NAME.

const MOST_MS = 60000;
const MOST_BYTES = 16777216;

function argument(string $name, int $most): int
{
    return max(0, min((int) ($_GET[$name] ?? 0), $most));
}

header('Content-Type: text/plain');

switch ($_GET['op'] ?? '') {
    case 'ping':
        echo "pong\n";
        break;
    case 'wait': // for a database, say; this process serves nobody else meanwhile
        usleep(argument('ms', MOST_MS) * 1000);
        echo "waited\n";
        break;
    case 'cpu':
        $until = hrtime(true) + argument('ms', MOST_MS) * 1000000;
        while (hrtime(true) < $until) {
        }
        echo "worked\n";
        break;
    case 'bytes':
        echo str_repeat('x', argument('n', MOST_BYTES));
        break;
    default:
        http_response_code(404);
}
