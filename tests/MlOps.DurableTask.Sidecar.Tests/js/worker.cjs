// A worker of the official SDK: node worker.cjs ADDRESS [filtered | slow | reject]. Prints "ready" when it is connected.
// filtered: takes only what it has. slow: holds the activity "hold" until it is killed. reject: serves version 2 only.
"use strict";
const sdk = require("@microsoft/durabletask-js");

const [hostAddress, mode] = process.argv.slice(2);
const print = (text) => process.stdout.write(text + "\n");
const attempts = new Map();
const second = 1000;

const activities = {
  plus: (_, n) => n + 1,
  square: (_, n) => n * n,
  greet: (_, name) => `Hello, ${name}!`,
  length: (_, text) => text.length,
  repeat: (_, n) => "ä".repeat(n / 2),
  flaky: (context, failures) => {
    const before = attempts.get(context.orchestrationId) ?? 0;
    attempts.set(context.orchestrationId, before + 1);
    if (before < failures) throw new Error(`attempt ${before + 1} of 100%: ünlucky`);
    return before + 1;
  },
  // Whether it works is decided by a file of the test, so that a rewind finds it mended.
  fileExists: (_, path) => {
    if (!require("node:fs").existsSync(path)) throw new Error(`${path} is missing`);
    return "found";
  },
  hold: async (context) => {
    print(`holding ${context.orchestrationId}`);
    if (mode === "slow") await new Promise(() => setInterval(() => {}, second));
    return process.pid;
  },
};

const orchestrators = {
  sequence: async function* (ctx, n) {
    for (let i = 0; i < 5; i++) n = yield ctx.callActivity("plus", n);
    return n;
  },
  fanOut: async function* (ctx, count) {
    const tasks = [];
    for (let i = 0; i < count; i++) tasks.push(ctx.callActivity("square", i));
    const results = yield sdk.whenAll(tasks);
    return results.reduce((sum, n) => sum + n, 0);
  },
  timer: async function* (ctx, seconds) {
    const start = ctx.currentUtcDateTime;
    yield ctx.createTimer(seconds);
    return ctx.currentUtcDateTime - start;
  },
  approval: async function* (ctx) {
    const event = ctx.waitForExternalEvent("approved");
    const first = yield sdk.whenAny([event, ctx.createTimer(3600)]);
    return first === event ? { approved: event.getResult() } : "late";
  },
  impatient: async function* (ctx) {
    const event = ctx.waitForExternalEvent("never");
    const first = yield sdk.whenAny([event, ctx.createTimer(0.2)]);
    return first === event ? "event" : "timeout";
  },
  threeEvents: async function* (ctx) {
    const got = [];
    for (let i = 0; i < 3; i++) got.push(yield ctx.waitForExternalEvent("item"));
    return got;
  },
  parent: async function* (ctx, n) {
    const children = [ctx.callSubOrchestrator("sequence", n), ctx.callSubOrchestrator("sequence", n + 10)];
    return yield sdk.whenAll(children);
  },
  parentOfFailure: async function* (ctx) {
    try {
      yield ctx.callSubOrchestrator("failing");
    } catch (e) {
      return `caught: ${e.message}`;
    }
  },
  parentOfWaiting: async function* (ctx, child) {
    return yield ctx.callSubOrchestrator("approval", undefined, { instanceId: child });
  },
  failing: async function* (ctx) {
    yield ctx.callActivity("flaky", 1000);
  },
  retried: async function* (ctx, failures) {
    const retry = new sdk.RetryPolicy({ maxNumberOfAttempts: 4, firstRetryIntervalInMilliseconds: 20, backoffCoefficient: 1.5 });
    return yield ctx.callActivity("flaky", failures, { retry });
  },
  needsFile: async function* (ctx, path) {
    const before = yield ctx.callActivity("plus", 1);
    return `${before} ${yield ctx.callActivity("fileExists", path)}`;
  },
  countdown: async function* (ctx, n) {
    ctx.setCustomStatus({ left: n });
    if (n === 0) return "done";
    yield ctx.callActivity("plus", n);
    ctx.continueAsNew(n - 1, true);
  },
  status: async function* (ctx) {
    ctx.setCustomStatus({ phase: "waiting", note: "für Größe" });
    yield ctx.waitForExternalEvent("go");
    ctx.setCustomStatus({ phase: "done" });
    return "ok";
  },
  sender: async function* (ctx, other) {
    ctx.sendEvent(other, "approved", { by: ctx.instanceId });
    return "sent";
  },
  large: async function* (ctx, text) {
    const back = yield ctx.callActivity("repeat", 3 * 1024 * 1024);
    const counted = yield ctx.callActivity("length", text);
    return { counted, back };
  },
  holding: async function* (ctx) {
    return yield ctx.callActivity("hold");
  },
  twoSteps: async function* (ctx, n) {
    const first = yield ctx.callActivity("plus", n);
    yield ctx.createTimer(0.05);
    return yield ctx.callActivity("plus", first);
  },
  echo: async function* (_, input) {
    return input ?? null;
  },
  usesCSharp: async function* (ctx, n) {
    return yield ctx.callActivity("DoubledInCSharp", n);
  },
  usesEntity: async function* (ctx) {
    yield ctx.entities.callEntity(new sdk.EntityInstanceId("counter", "a"), "get");
  },
};

// What the worker logs is how one sees that it is connected.
const quiet = () => {};
const logger = {
  error: (text) => print(`error ${text}`),
  warn: (text) => print(`warning ${text}`),
  info: (text) => {
    if (/connected/i.test(text)) print("ready");
    if (/abandoning/i.test(text)) print("abandoned");
  },
  debug: quiet,
};
const versioning = mode === "reject"
  ? { version: "2", matchStrategy: sdk.VersionMatchStrategy.Strict, failureStrategy: sdk.VersionFailureStrategy.Reject }
  : undefined;
const worker = new sdk.TaskHubGrpcWorker({ hostAddress, logger, versioning, workItemFilters: mode === "filtered" ? "auto" : undefined });
for (const [name, run] of Object.entries(orchestrators)) worker.addNamedOrchestrator(name, run);
for (const [name, run] of Object.entries(activities)) worker.addNamedActivity(name, run);
worker.start();
