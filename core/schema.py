"""The tables, as steps: ``PRAGMA user_version`` counts how many of them a database has taken.

Only SQL that SQLite >= 3.35 and PostgreSQL share (partial indexes, ON CONFLICT, RETURNING). Times are Unix seconds UTC,
truth values 0 and 1, amounts credits. Secrets are never here: a key is its label, last four and fingerprint.
A released step is never edited; what changes later is a new step.
"""

from __future__ import annotations

_STEP_1 = """
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row: the only order of events. UPDATE seq SET v = v + 1 RETURNING v
CREATE TABLE seq(
  v INTEGER NOT NULL
);
INSERT INTO seq(v) VALUES(0);

CREATE TABLE accounts(
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL UNIQUE,
  plan TEXT,
  scope TEXT NOT NULL DEFAULT 'ACCOUNT',
  epoch INTEGER NOT NULL DEFAULT 0,
  tat REAL NOT NULL DEFAULT 0,
  rate REAL NOT NULL DEFAULT 25,
  credits_left REAL,
  credits_total REAL,
  usage_at REAL,
  pricing TEXT,
  last_used_at REAL,
  own INTEGER NOT NULL DEFAULT 0            -- 1: made for a key that came without an account
);

CREATE TABLE windows(
  account_id TEXT NOT NULL,
  key_id TEXT NOT NULL DEFAULT '',
  span INTEGER NOT NULL,                    -- seconds: 60, 3600 or 86400
  lim INTEGER NOT NULL,
  used INTEGER NOT NULL,
  start REAL NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY(account_id, key_id, span)
);

-- Three owners: secret by the key store, status and reason by the rotation, paused by the user.
CREATE TABLE keys(
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts(id),
  category TEXT NOT NULL CHECK(category IN ('PHONE_ONLY', 'EMAIL_ONLY', 'ANY')),
  label TEXT NOT NULL,
  last4 TEXT NOT NULL,
  fp TEXT NOT NULL,
  position INTEGER NOT NULL,
  priority INTEGER NOT NULL DEFAULT 100,
  paused INTEGER NOT NULL DEFAULT 0,
  secret TEXT NOT NULL CHECK(secret IN ('PENDING', 'HELD', 'MISSING', 'DELETING')),
  epoch INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'ACTIVE' CHECK(status IN ('ACTIVE', 'EXHAUSTED', 'INVALID', 'PLAN_LIMIT')),
  reason TEXT,
  retry_at REAL,
  last_used_at REAL,
  added_at REAL NOT NULL,
  ver INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX keys_fp ON keys(fp) WHERE secret <> 'DELETING';
CREATE INDEX keys_account ON keys(account_id);

CREATE TABLE attempts(
  seq INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  key_epoch INTEGER NOT NULL,
  account_epoch INTEGER NOT NULL,
  owner TEXT NOT NULL,
  probe INTEGER NOT NULL DEFAULT 0,
  endpoint TEXT NOT NULL,
  n INTEGER NOT NULL,
  sent_at REAL NOT NULL,
  done_at REAL,
  http INTEGER,
  outcome TEXT,
  credits_reserved REAL NOT NULL DEFAULT 0,
  credits_charged REAL,
  request_id TEXT,
  message TEXT
);
CREATE INDEX attempts_open ON attempts(account_id) WHERE done_at IS NULL;
CREATE INDEX attempts_job ON attempts(job_id);

-- INSERT only. A key's status is folded from it; taking something back is a row of its own (VOID).
CREATE TABLE evidence(
  id INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  attempt INTEGER,
  key_id TEXT,
  account_id TEXT NOT NULL,
  key_epoch INTEGER NOT NULL,
  account_epoch INTEGER NOT NULL,
  scope TEXT NOT NULL CHECK(scope IN ('K', 'A')),
  category TEXT,
  kind TEXT NOT NULL CHECK(kind IN ('OK', 'PAID', 'BLOCK', 'COOL', 'AUTH', 'PLAN', 'WAKE', 'VOID')),
  until REAL,
  reason TEXT,
  void_of INTEGER,
  at REAL NOT NULL,
  actor TEXT NOT NULL
);
CREATE INDEX evidence_key ON evidence(key_id, key_epoch, kind, seq);
CREATE INDEX evidence_account ON evidence(account_id, account_epoch, kind, seq);
CREATE INDEX evidence_void ON evidence(void_of) WHERE void_of IS NOT NULL;

CREATE TABLE audit(
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  key_id TEXT,
  account_id TEXT,
  last4 TEXT,
  label TEXT,
  from_status TEXT,
  to_status TEXT,
  reason TEXT,
  message TEXT
);
CREATE INDEX audit_key ON audit(key_id, id);
CREATE INDEX audit_at ON audit(at);

CREATE TABLE jobs(
  id TEXT PRIMARY KEY,
  kinds TEXT NOT NULL,
  source TEXT NOT NULL,
  sheet TEXT,
  state TEXT NOT NULL,
  reason TEXT,
  until REAL,
  cap_credits REAL,
  snapshot TEXT,
  created_at REAL NOT NULL,
  finished_at REAL,
  owner TEXT,
  options TEXT
);

CREATE TABLE units(
  job_id TEXT NOT NULL,
  row INTEGER NOT NULL,
  kind TEXT NOT NULL,
  person_fp TEXT NOT NULL,
  prospect TEXT NOT NULL,
  state TEXT NOT NULL,
  pin_account TEXT,
  tries INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER,
  status TEXT,
  reason TEXT,
  result TEXT,
  credits REAL,
  last4 TEXT,
  account TEXT,
  from_store INTEGER NOT NULL DEFAULT 0,
  delivered_at REAL,
  PRIMARY KEY(job_id, row, kind)
);
CREATE INDEX units_state ON units(job_id, state);
CREATE INDEX units_attempt ON units(attempt);
CREATE INDEX units_person ON units(person_fp, kind);

CREATE TABLE results(
  person_fp TEXT NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  payload TEXT,
  lusha_id TEXT,
  account_id TEXT,
  request_id TEXT,
  credits REAL,
  fetched_at REAL NOT NULL,
  PRIMARY KEY(person_fp, kind)
);

-- Who paid for whom; outlives the answer.
CREATE TABLE ledger(
  person_fp TEXT NOT NULL,
  kind TEXT NOT NULL,
  account_id TEXT NOT NULL,
  first_paid_at REAL NOT NULL,
  last_at REAL NOT NULL,
  credits REAL,
  lusha_id TEXT,
  PRIMARY KEY(person_fp, kind, account_id)
);

CREATE TABLE daily(
  day TEXT NOT NULL,                        -- YYYY-MM-DD, UTC
  key_id TEXT NOT NULL,
  outcome TEXT NOT NULL,
  n INTEGER NOT NULL DEFAULT 0,
  credits REAL NOT NULL DEFAULT 0,
  PRIMARY KEY(day, key_id, outcome)
);

CREATE TABLE suppressed(
  hash TEXT PRIMARY KEY,
  at REAL NOT NULL,
  reason TEXT
);
"""

_STEP_2 = """
ALTER TABLE keys ADD COLUMN schedule TEXT NOT NULL DEFAULT '';  -- when it may be used; '' is always
ALTER TABLE accounts ADD COLUMN renews_at REAL;                 -- when unused credits lapse

-- What a day may cost at most, in credits: everything (ref ''), an account or a key.
CREATE TABLE caps(
  scope TEXT NOT NULL CHECK(scope IN ('POOL', 'ACCOUNT', 'KEY')),
  ref TEXT NOT NULL DEFAULT '',
  lim REAL NOT NULL,
  PRIMARY KEY(scope, ref)
);

-- Cells a job has written, so that they can be taken back where they still hold our text.
CREATE TABLE written(
  job_id TEXT NOT NULL,
  path TEXT NOT NULL,                       -- the file's real path
  sheet TEXT NOT NULL,                      -- '' for a text file
  sha256 TEXT NOT NULL DEFAULT '',          -- of the file after the save; '' while it is being saved
  at REAL NOT NULL,
  PRIMARY KEY(job_id)
);
CREATE TABLE cells(
  job_id TEXT NOT NULL,
  row INTEGER NOT NULL,
  col INTEGER NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  heading INTEGER NOT NULL DEFAULT 0,       -- 1: the heading of a column we added
  was TEXT NOT NULL DEFAULT '',             -- the cell as it stood in the file, '' for none
  undone_at REAL,
  PRIMARY KEY(job_id, row, col)
);

-- Which columns a person chose for lists with these headings, by a fingerprint of the headings.
CREATE TABLE mappings(
  headings TEXT PRIMARY KEY,
  columns TEXT NOT NULL,                    -- JSON: field to heading
  at REAL NOT NULL
);
CREATE INDEX evidence_at ON evidence(at);
CREATE INDEX attempts_at ON attempts(sent_at);

-- Who is being asked for, or may have been charged for, right now.
CREATE INDEX units_open ON units(person_fp, kind) WHERE state IN ('SENT', 'UNKNOWN');
ALTER TABLE attempts ADD COLUMN again INTEGER NOT NULL DEFAULT 0;  -- repeats a request whose answer got lost
ALTER TABLE accounts ADD COLUMN votes INTEGER NOT NULL DEFAULT 0;  -- above 0: its keys seem to have windows of their own

-- When an account was asked for its usage, by any of its keys and any program: Lusha allows few of these a minute.
CREATE TABLE usage_calls(
  account_id TEXT NOT NULL,
  at REAL NOT NULL
);
CREATE INDEX usage_calls_account ON usage_calls(account_id, at);

-- What the usage call last said of a key; another epoch is another secret.
CREATE TABLE checks(
  key_id TEXT PRIMARY KEY REFERENCES keys(id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  at REAL NOT NULL,
  outcome TEXT NOT NULL,
  http INTEGER NOT NULL,
  said TEXT NOT NULL
);
"""

_STEP_3 = """
-- Whom not to contact. Never written by an earlier program: the table of step 1 could be recognised by, but not be shown.
DROP TABLE suppressed;
CREATE TABLE suppressed(
  mark TEXT PRIMARY KEY,                    -- kind and SHA-256 of what is recognised: core/results/marks.py
  what TEXT NOT NULL CHECK(what IN ('PERSON', 'DOMAIN', 'PHONE')),
  shown TEXT NOT NULL,                      -- as a person entered it; masked after a person was forgotten
  masked INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  at REAL NOT NULL
);
CREATE INDEX suppressed_at ON suppressed(at);

-- What of its people a run has sent; kept when the people themselves are removed by age or on request.
ALTER TABLE jobs ADD COLUMN sent_fields TEXT;
ALTER TABLE jobs ADD COLUMN aged_at REAL;               -- when its people were removed by age
"""

_STEP_4 = """
-- Who stood in the row that was written: rows of a list that was sorted since are found again.
ALTER TABLE cells ADD COLUMN who TEXT NOT NULL DEFAULT '';      -- a fingerprint: core/whereabouts.py; '' for headings
ALTER TABLE written ADD COLUMN named TEXT NOT NULL DEFAULT '';  -- columns the fingerprints are of, such as 1,2,5
"""

STEPS: tuple[str, ...] = (_STEP_1, _STEP_2, _STEP_3, _STEP_4)
