CREATE TABLE IF NOT EXISTS documents (
  -- Never given twice, not even after a deletion: it is the ETag. Every write is a new row under the same key.
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  "table"   TEXT NOT NULL,
  partition TEXT NOT NULL,
  row       TEXT NOT NULL,
  json      TEXT NOT NULL
);
-- Serves every read: one document by its key, and pages in order of partition and row.
CREATE UNIQUE INDEX IF NOT EXISTS documents_by_key ON documents ("table", partition, row);
