// Loaded before Azurite: it ends with the process that started it, however that one ends, since the operating system then
// closes its standard input.
'use strict';
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
process.stdin.on('error', () => process.exit(0));
