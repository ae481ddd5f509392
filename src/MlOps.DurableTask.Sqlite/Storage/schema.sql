-- The embedded task hub. Times are .NET ticks, UTC. A position is an instance key and a number in one integer
-- (key * 2^28 + number), so that what belongs to one instance lies together and needs no second index.

CREATE TABLE instances (
  key           INTEGER PRIMARY KEY,   -- ascending in order of creation
  id            TEXT    NOT NULL UNIQUE,
  name          TEXT    NOT NULL,
  version       TEXT    NOT NULL,
  status        INTEGER NOT NULL,      -- OrchestrationRuntimeStatus
  created       INTEGER NOT NULL,
  updated       INTEGER NOT NULL,
  start_at      INTEGER,               -- scheduled start; null: at once
  parent_id     TEXT,
  tags          TEXT,                  -- JSON object of strings
  custom_status TEXT,
  failure       BLOB,                  -- protobuf TaskFailureDetails
  output        TEXT                   -- last, because it may be large
);

-- Queries by name, newest or oldest first.
CREATE INDEX instances_by_name ON instances (name, key);
-- Queries by status and the recovery of what is not finished. Completed (1) is left out: it is nearly every row.
CREATE INDEX instances_by_status ON instances (status, key) WHERE status <> 1;
-- Queries by creation time; keys alone would not do, for the clock can be set back.
CREATE INDEX instances_by_created ON instances (created);
-- Recursive terminate and purge.
CREATE INDEX instances_by_parent ON instances (parent_id) WHERE parent_id IS NOT NULL;

-- One row a turn of the current execution: position = instance and turn; the turn's events, see TurnRecord.
CREATE TABLE history (position INTEGER PRIMARY KEY, events BLOB NOT NULL);

-- What an instance has been sent and no turn has taken in: position = instance and message number; protobuf HistoryEvent.
-- execution: the execution it is meant for; null for any.
CREATE TABLE inbox (position INTEGER PRIMARY KEY, execution TEXT, event BLOB NOT NULL);

-- Activities without a recorded completion: position = instance and task id; the turn whose events hold the call.
CREATE TABLE activities (position INTEGER PRIMARY KEY, turn INTEGER NOT NULL);

-- Timers that have not fired: position = instance and timer id.
CREATE TABLE timers (position INTEGER PRIMARY KEY, due INTEGER NOT NULL);

-- How often the process died while a work item ran: position = instance and task id, or the largest number for the orchestrator itself.
CREATE TABLE crashes (position INTEGER PRIMARY KEY, count INTEGER NOT NULL);
