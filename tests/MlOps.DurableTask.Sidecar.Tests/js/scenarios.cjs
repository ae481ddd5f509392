// One scenario of the official SDK's client: node scenarios.cjs ADDRESS SCENARIO. Exit code 0: everything was as asserted.
"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const sdk = require("@microsoft/durabletask-js");

const [hostAddress, scenario] = process.argv.slice(2);
const client = new sdk.TaskHubGrpcClient({ hostAddress, logger: new sdk.NoOpLogger() });
const { COMPLETED, FAILED, TERMINATED, RUNNING, SUSPENDED, PENDING } = sdk.OrchestrationStatus;
const prefix = `${scenario}-${process.pid}`;
let ids = 0;

const nextId = () => `${prefix}-${++ids}`;
const start = (name, input, options = {}) => client.scheduleNewOrchestration(name, input ?? null, { instanceId: nextId(), ...options });
const completion = (id) => client.waitForOrchestrationCompletion(id, true, 240);
const run = async (name, input, options) => completion(await start(name, input, options));
const result = async (name, input) => {
  const state = await run(name, input);
  assert.equal(state.runtimeStatus, COMPLETED, state.failureDetails?.message);
  return JSON.parse(state.serializedOutput);
};
const until = async (id, condition) => {
  let state;
  for (let i = 0; i < 4800; i++) {
    state = await client.getOrchestrationState(id, true);
    if (condition(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${id} did not become what was awaited: ${JSON.stringify(state)}`);
};
const statusCode = (code) => (error) => (assert.equal(error.code, code, error.message), true);

const scenarios = {
  async sequence() {
    assert.equal(await result("sequence", 1), 6);
  },
  async fanOut() {
    assert.equal(await result("fanOut", 50), 40425);
  },
  async timer() {
    assert.ok((await result("timer", 0.3)) >= 300);
  },
  async event() {
    const id = await start("approval");
    await client.waitForOrchestrationStart(id);
    await client.raiseOrchestrationEvent(id, "approved", { who: "Jürgen", much: 1.5 });
    const state = await completion(id);
    assert.deepEqual(JSON.parse(state.serializedOutput), { approved: { who: "Jürgen", much: 1.5 } });
  },
  async eventTimeout() {
    assert.equal(await result("impatient"), "timeout");
  },
  async eventsInOrder() {
    const id = await start("threeEvents");
    for (const n of [1, 2, 3]) await client.raiseOrchestrationEvent(id, "Item", n);
    assert.deepEqual(JSON.parse((await completion(id)).serializedOutput), [1, 2, 3]);
  },
  async sentEvent() {
    const waiting = await start("approval");
    const sender = await start("sender", waiting);
    assert.deepEqual(JSON.parse((await completion(waiting)).serializedOutput), { approved: { by: sender } });
  },
  async subOrchestrations() {
    assert.deepEqual(await result("parent", 1), [6, 16]);
  },
  async failedSubOrchestration() {
    assert.match(await result("parentOfFailure"), /caught: .*attempt 1 of 100%: ünlucky/);
  },
  async retries() {
    assert.equal(await result("retried", 3), 4);
    const state = await run("retried", 10);
    assert.equal(state.runtimeStatus, FAILED);
    assert.match(state.failureDetails.message, /attempt 4 of 100%: ünlucky/);
  },
  async suspendAndResume() {
    const id = await start("approval");
    await client.waitForOrchestrationStart(id);
    await client.suspendOrchestration(id);
    await until(id, (state) => state.runtimeStatus === SUSPENDED);
    await client.raiseOrchestrationEvent(id, "approved", 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await client.getOrchestrationState(id)).runtimeStatus, SUSPENDED);
    await client.resumeOrchestration(id);
    assert.deepEqual(JSON.parse((await completion(id)).serializedOutput), { approved: 1 });
  },
  async terminate() {
    const child = nextId();
    const id = await start("parentOfWaiting", child);
    await until(child, (state) => state?.runtimeStatus === RUNNING);
    await client.terminateOrchestration(id, sdk.terminateOptions({ output: { why: "enough" }, recursive: true }));
    const state = await completion(id);
    assert.equal(state.runtimeStatus, TERMINATED);
    assert.deepEqual(JSON.parse(state.serializedOutput), { why: "enough" });
    assert.equal((await completion(child)).runtimeStatus, TERMINATED);
  },
  async purge() {
    const id = await start("echo", 1);
    await completion(id);
    assert.equal((await client.purgeOrchestration(id)).deletedInstanceCount, 1);
    assert.equal(await client.getOrchestrationState(id), undefined);
    assert.equal((await client.purgeOrchestration(id)).deletedInstanceCount, 0);

    const waiting = await start("approval");
    await client.waitForOrchestrationStart(waiting);
    await assert.rejects(client.purgeOrchestration(waiting), statusCode(grpc.status.FAILED_PRECONDITION));
    await client.terminateOrchestration(waiting);
    await completion(waiting);

    const from = new Date();
    for (let i = 0; i < 3; i++) await run("echo", i);
    const stays = await start("approval");
    await client.waitForOrchestrationStart(stays);
    const criteria = new sdk.PurgeInstanceCriteria();
    criteria.setCreatedTimeFrom(from);
    criteria.setRuntimeStatusList([COMPLETED]);
    criteria.setTimeout(30000);
    assert.equal((await client.purgeOrchestration(criteria)).deletedInstanceCount, 3);
    assert.equal((await client.getOrchestrationState(stays)).runtimeStatus, RUNNING);
  },
  async queryPages() {
    const expected = [];
    for (let i = 0; i < 7; i++) expected.push(await start("echo", { i }, { tags: { batch: "a" } }));
    for (const id of expected) await completion(id);
    const pages = [];
    for await (const page of client.getAllInstances({ instanceIdPrefix: prefix, pageSize: 3, fetchInputsAndOutputs: true }).asPages())
      pages.push(page.values);
    assert.deepEqual(pages.map((page) => page.length), [3, 3, 1]);
    const found = pages.flat();
    assert.deepEqual(found.map((state) => state.instanceId), expected);
    assert.equal(found[4].serializedInput, '{"i":4}');
    assert.equal(found[4].serializedOutput, '{"i":4}');
    assert.equal(found[4].tags.batch, "a");
    const failed = [];
    for await (const state of client.getAllInstances({ instanceIdPrefix: prefix, statuses: [FAILED] })) failed.push(state);
    assert.deepEqual(failed, []);
  },
  async listIds() {
    const from = new Date();
    const expected = [];
    for (let i = 0; i < 3; i++) expected.push((await run("echo", i)).instanceId);
    const waiting = await start("approval");
    await client.waitForOrchestrationStart(waiting);
    const options = { completedTimeFrom: from, pageSize: 2 };
    const first = await client.listInstanceIds(options);
    const second = await client.listInstanceIds({ ...options, lastInstanceKey: first.continuationToken });
    assert.deepEqual([...first.values, ...second.values], expected);
    assert.equal(second.continuationToken, undefined);
    const future = await client.listInstanceIds({ completedTimeFrom: new Date(Date.now() + 3600_000) });
    assert.deepEqual(future.values, []);
  },
  async continueAsNew() {
    const state = await run("countdown", 3);
    assert.equal(state.serializedOutput, '"done"');
    assert.equal(state.serializedInput, "0");
    assert.equal(state.serializedCustomStatus, '{"left":0}');
  },
  async customStatus() {
    const id = await start("status");
    const waiting = await until(id, (state) => state.serializedCustomStatus);
    assert.deepEqual(JSON.parse(waiting.serializedCustomStatus), { phase: "waiting", note: "für Größe" });
    await client.raiseOrchestrationEvent(id, "go");
    assert.deepEqual(JSON.parse((await completion(id)).serializedCustomStatus), { phase: "done" });
  },
  async largePayloads() {
    const text = "x".repeat(3 * 1024 * 1024);
    const { counted, back } = await result("large", text);
    assert.equal(counted, text.length);
    assert.equal(Buffer.byteLength(back), 3 * 1024 * 1024);
    await assert.rejects(start("echo", "x".repeat(5 * 1024 * 1024)), statusCode(grpc.status.RESOURCE_EXHAUSTED));
  },
  async restart() {
    const id = await start("echo", "again");
    await completion(id);
    assert.equal(await client.restartOrchestration(id), id);
    assert.equal((await completion(id)).serializedOutput, '"again"');
    const fresh = await client.restartOrchestration(id, true);
    assert.notEqual(fresh, id);
    assert.equal((await completion(fresh)).serializedOutput, '"again"');
    await assert.rejects(client.restartOrchestration("nobody"), /was not found/);
  },
  async rewind() {
    const file = path.join(os.tmpdir(), `${prefix}.txt`);
    const id = await start("needsFile", file);
    assert.equal((await completion(id)).runtimeStatus, FAILED);
    fs.writeFileSync(file, "");
    try {
      await client.rewindInstance(id, "the file is there now");
      const state = await completion(id);
      assert.equal(state.runtimeStatus, COMPLETED, state.failureDetails?.message);
      assert.equal(state.serializedOutput, '"2 found"');
    } finally {
      fs.rmSync(file);
    }
    await assert.rejects(client.rewindInstance(id, "again"), /only a failed instance can be rewound/);
  },
  async history() {
    const id = await start("sequence", 1);
    await completion(id);
    const types = (await client.getOrchestrationHistory(id)).map((event) => event.type);
    assert.equal(types.filter((type) => type === sdk.HistoryEventType.TaskCompleted).length, 5);
    assert.equal(types.at(-2), sdk.HistoryEventType.ExecutionCompleted);
    assert.deepEqual(await client.getOrchestrationHistory("nobody"), []);
  },
  async ids() {
    const id = await start("approval");
    await assert.rejects(client.scheduleNewOrchestration("approval", null, id), statusCode(grpc.status.ALREADY_EXISTS));
    await client.terminateOrchestration(id);
    await completion(id);
    assert.equal(await client.scheduleNewOrchestration("echo", "second", id), id);
    assert.equal((await completion(id)).serializedOutput, '"second"');
    assert.equal(await client.getOrchestrationState("nobody"), undefined);
    await assert.rejects(client.raiseOrchestrationEvent("nobody", "go"), statusCode(grpc.status.NOT_FOUND));
    await assert.rejects(client.scheduleNewOrchestration("", null), statusCode(grpc.status.INVALID_ARGUMENT));
  },
  async scheduledStart() {
    const at = new Date(Date.now() + 1500);
    const id = await start("timer", 0, { startAt: at });
    const { runtimeStatus } = await client.getOrchestrationState(id);
    // Whoever is asked after its time may say that it runs.
    if (new Date() < at) assert.equal(runtimeStatus, PENDING);
    assert.ok((await completion(id)).lastUpdatedAt >= at);
  },
  async manyAtOnce() {
    const ids = await Promise.all(Array.from({ length: 200 }, (_, i) => start("twoSteps", i)));
    const states = await Promise.all(ids.map(completion));
    assert.deepEqual(states.map((state) => JSON.parse(state.serializedOutput)), ids.map((_, i) => i + 2));
  },
  async csharpActivity() {
    assert.equal(await result("usesCSharp", 21), 42);
  },
  async entities() {
    const id = new sdk.EntityInstanceId("counter", "a");
    await assert.rejects(client.signalEntity(id, "add", 1), statusCode(grpc.status.UNIMPLEMENTED));
    await assert.rejects(client.getEntity(id), /has no entities/);
    const state = await run("usesEntity");
    assert.equal(state.runtimeStatus, FAILED);
    assert.match(state.failureDetails.message, /does not know \(an entity call/);
  },
};

scenarios[scenario]().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  });
