-- Every time is an INTEGER of microseconds since 1970 in UTC and is named *_at,
-- *_until, *_from or *_through; NULL is "not yet" or "never". JSON columns hold
-- what the packages campaign and limits marshal. Rows are never deleted but
-- staged ones, and connections a person took back; what identifies a person is
-- blanked by forget.

-- +goose Up

-- meta holds single values of the whole database: config_version (the version
-- of configs in force), merging (the id of the staging being merged, or ''),
-- salt (hex; keys the hashes that outlive a forgotten person), copied_at (in a
-- backup only: when it was made).
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES
  ('config_version', '0'), ('merging', ''), ('salt', lower(hex(randomblob(32))));

-- clock is what is known of the machine's clock, in one row. ahead: it was set
-- ahead by so many microseconds while a daemon ran, and nobody has said since
-- that it is right; 0: it was not. jumped_at is what it showed right after. Ledger
-- rows up to unit_id and entry_id may lie in its future: a person said it is right.
CREATE TABLE clock (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  ahead     INTEGER NOT NULL DEFAULT 0 CHECK (ahead >= 0),
  jumped_at INTEGER,
  unit_id   INTEGER NOT NULL DEFAULT 0,
  entry_id  INTEGER NOT NULL DEFAULT 0,
  CHECK ((ahead = 0) = (jumped_at IS NULL))
) STRICT;
INSERT INTO clock (one) VALUES (1);

-- configs are the sets that were applied, one row an apply that changed
-- something.
CREATE TABLE configs (
  version    INTEGER PRIMARY KEY,
  applied_at INTEGER NOT NULL,
  digest     TEXT NOT NULL          -- sha256 of the definitions, hex
) STRICT;

-- account_defs and campaign_defs are the definitions as they were: def is in
-- force for releases of a config_version from version on, up to the account's
-- or campaign's next row.
CREATE TABLE account_defs (
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  version    INTEGER NOT NULL REFERENCES configs (version),
  def        TEXT NOT NULL,         -- campaign.Account
  PRIMARY KEY (account_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE campaign_defs (
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  version     INTEGER NOT NULL REFERENCES configs (version),
  def         TEXT NOT NULL,        -- campaign.Campaign without its sources
  PRIMARY KEY (campaign_id, version)
) STRICT, WITHOUT ROWID;

-- channels are the ways of handing over. The desk has a row only if the file
-- names it.
CREATE TABLE channels (
  name       TEXT PRIMARY KEY,
  type       TEXT NOT NULL,
  def        TEXT NOT NULL,         -- campaign.Channel
  removed_at INTEGER
) STRICT;

-- channel_states are the channels that did not answer as they should, one row a
-- name. off_at: nobody uses it since. probe_at: one message may try it from then
-- on; NULL while it is off: a person must resume it.
CREATE TABLE channel_states (
  name     TEXT PRIMARY KEY,
  off_at   INTEGER,
  reason   TEXT NOT NULL DEFAULT '',
  failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0), -- calls in a row that failed
  probe_at INTEGER,
  CHECK (probe_at IS NULL OR off_at IS NOT NULL)
) STRICT;

-- templates are the texts as applied last.
CREATE TABLE templates (
  name       TEXT PRIMARY KEY,
  def        TEXT NOT NULL,         -- campaign.Template
  removed_at INTEGER
) STRICT;

-- accounts are the senders. key is the name an account had when it was first
-- applied and stays through renames.
CREATE TABLE accounts (
  id                 INTEGER PRIMARY KEY,
  name               TEXT NOT NULL UNIQUE,
  key                TEXT NOT NULL,
  def                TEXT NOT NULL, -- campaign.Account
  position           INTEGER NOT NULL, -- place in the file
  state              TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'removed')),
  first_applied_at   INTEGER NOT NULL,
  paused_at          INTEGER,
  pause_reason       TEXT NOT NULL DEFAULT '',
  channel_off_reason TEXT NOT NULL DEFAULT '', -- why its channel refuses this account; '': it does not
  held_cap           INTEGER NOT NULL DEFAULT 0, -- the daily cap until held_until
  held_until         INTEGER,
  strict_until       INTEGER,       -- day mode strict before this instant
  wallet_through     INTEGER NOT NULL, -- credits are granted and expired up to here
  wallet_next_at     INTEGER,       -- when credits are granted or expire next, as planned last
  pending_opening    INTEGER NOT NULL DEFAULT 0 CHECK (pending_opening >= 0), -- unanswered requests before outpace
  planned_until      INTEGER,       -- slots before this instant are planned
  dirty              INTEGER NOT NULL DEFAULT 0 CHECK (dirty IN (0, 1)) -- 1: releases nothing until planned
) STRICT;
CREATE INDEX accounts_dirty ON accounts (dirty) WHERE dirty = 1;
CREATE INDEX accounts_wallet ON accounts (wallet_next_at) WHERE state = 'active';
CREATE INDEX accounts_planned ON accounts (planned_until) WHERE state = 'active';

-- campaigns are who gets what. key is the name in message ids: the one it had
-- when first applied (or its was: then); it stays through renames.
CREATE TABLE campaigns (
  id           INTEGER PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  key          TEXT NOT NULL UNIQUE,
  def          TEXT NOT NULL,       -- campaign.Campaign without its sources
  position     INTEGER NOT NULL,
  applied_at   INTEGER NOT NULL,    -- first applied: the older campaign keeps a person
  paused_at    INTEGER,             -- paused by a person; def has the file's pause
  pause_reason TEXT NOT NULL DEFAULT '',
  removed_at   INTEGER,             -- no longer in the file
  per_company  INTEGER NOT NULL DEFAULT 0 CHECK (per_company IN (0, 1)), -- def limits people per company
  company_reply INTEGER NOT NULL DEFAULT 0 CHECK (company_reply IN (0, 1)) -- an answer holds the colleagues
) STRICT;

-- deals counts the targets each account of a campaign was dealt since its
-- accounts or their weights changed last, less what was handed on since: the
-- rotation goes on from there.
CREATE TABLE deals (
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  account_id  INTEGER NOT NULL REFERENCES accounts (id),
  n           INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, account_id)
) STRICT, WITHOUT ROWID;

-- people are humans across campaigns, one row a canonical profile address.
CREATE TABLE people (
  id              INTEGER PRIMARY KEY,
  profile         TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL DEFAULT '',
  company         TEXT NOT NULL DEFAULT '',
  company_key     TEXT NOT NULL DEFAULT '', -- campaign.CompanyKey of the last company told
  domains         TEXT NOT NULL DEFAULT '', -- every one a file told, each between spaces
  suppressed_at   INTEGER,          -- nothing is sent from then on
  suppress_reason TEXT NOT NULL DEFAULT '', -- the strongest live cause in suppressions
  suppressed_by   INTEGER REFERENCES suppressions (id), -- the company or domain that caught them first: it holds, whatever company is told later
  CHECK ((suppressed_at IS NULL) = (suppress_reason = ''))
) STRICT;
CREATE INDEX people_company ON people (company_key) WHERE company_key <> '';
CREATE INDEX people_domains ON people (id) WHERE domains <> '';
CREATE INDEX people_suppressed ON people (suppressed_by) WHERE suppressed_by IS NOT NULL;

-- suppressions are who must not be written to, and why: one row a cause. value
-- is a canonical profile (or forgotten: and a hash), a campaign.CompanyKey or a
-- domain in lower case, which stands for those below it, too. A person is
-- suppressed while any cause that is not removed matches.
CREATE TABLE suppressions (
  id            INTEGER PRIMARY KEY,
  what          TEXT NOT NULL CHECK (what IN ('person', 'company', 'domain')),
  value         TEXT NOT NULL CHECK (value <> ''),
  cause         TEXT NOT NULL CHECK (cause IN ('forgotten', 'opt_out', 'bounced', 'suppressed', 'company', 'domain')),
  reason        TEXT NOT NULL DEFAULT '', -- in the words of whoever added it
  added_at      INTEGER NOT NULL,
  removed_at    INTEGER,
  remove_reason TEXT NOT NULL DEFAULT '',
  CHECK ((removed_at IS NULL) = (remove_reason = '')),
  CHECK (what = CASE WHEN cause IN ('company', 'domain') THEN cause ELSE 'person' END)
) STRICT;
CREATE UNIQUE INDEX suppressions_live ON suppressions (what, value, cause) WHERE removed_at IS NULL;

-- connections are the people who are connected to an account in the 1st
-- degree, as outpace learnt; what the file says of a target stands in its
-- degree.
CREATE TABLE connections (
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  person_id  INTEGER NOT NULL REFERENCES people (id),
  since_at   INTEGER NOT NULL,
  PRIMARY KEY (account_id, person_id)
) STRICT, WITHOUT ROWID;

-- targets are people inside campaigns. state: active (something may still be
-- released), finished (all steps are through), stopped (a reply, decline,
-- opt-out or bounce ended it, see stop_reason), removed (no longer in the
-- file). blocked holds an active one: '' or the name of a limits.Held.
CREATE TABLE targets (
  id          INTEGER PRIMARY KEY,
  campaign_id INTEGER NOT NULL REFERENCES campaigns (id),
  person_id   INTEGER NOT NULL REFERENCES people (id),
  account_id  INTEGER REFERENCES accounts (id),
  position    INTEGER NOT NULL,     -- orders the targets of its campaign as the file does; has gaps
  priority    INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 100), -- its own, else its campaign's
  degree      INTEGER NOT NULL DEFAULT 0 CHECK (degree BETWEEN 0 AND 3), -- 0: not told
  zone        TEXT NOT NULL DEFAULT '', -- the recipient's; '': its account's
  country     TEXT NOT NULL DEFAULT '', -- the recipient's, whose holidays hold; '': not told
  fields      TEXT NOT NULL,        -- store.Fields: what templates see
  digest      TEXT NOT NULL,        -- of priority, degree, zone and fields as the file gives them
  added_at    INTEGER NOT NULL,
  begun_at    INTEGER,              -- slot of its first release; it never leaves its account then
  last_step   TEXT NOT NULL DEFAULT '', -- the last step released or skipped, by name
  last_at     INTEGER,              -- its slot, or when a person reported it
  accepted_at INTEGER,              -- the person accepted the connection request
  ends_at     INTEGER,              -- when its last message is planned
  blocked     TEXT NOT NULL DEFAULT '',
  state       TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'finished', 'stopped', 'removed')),
  stop_reason TEXT NOT NULL DEFAULT '',
  UNIQUE (campaign_id, person_id),
  CHECK ((state = 'stopped') = (stop_reason <> ''))
) STRICT;
CREATE INDEX targets_active ON targets (account_id) WHERE state = 'active';
CREATE INDEX targets_person ON targets (person_id);
CREATE INDEX targets_answered ON targets (campaign_id) WHERE state = 'stopped' AND stop_reason IN ('reply', 'declined');

-- messages are one step for one target. id is the first 20 hex digits of
-- sha256(campaign key, person's profile, step name, series, joined by \0).
-- kind is what is planned or was released (the step's or its else); reason
-- says why it was cancelled. Rows lie in the order of queueing, not of their
-- ids: hashes would scatter an import over the whole table.
CREATE TABLE messages (
  id         TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 20),
  target_id  INTEGER NOT NULL REFERENCES targets (id),
  account_id INTEGER REFERENCES accounts (id),
  step       TEXT NOT NULL CHECK (step <> ''),
  state      TEXT NOT NULL CHECK (state IN
             ('queued', 'scheduled', 'released', 'sent', 'failed', 'cancelled', 'unknown')),
  slot_at    INTEGER,
  place      INTEGER NOT NULL DEFAULT 0, -- in its slot, in the order of the plan's decisions
  kind       TEXT NOT NULL DEFAULT '' CHECK (kind IN
             ('', 'connect', 'message', 'inmail', 'introduction', 'invitation', 'reminder')),
  is_else    INTEGER NOT NULL DEFAULT 0 CHECK (is_else IN (0, 1)),
  held       TEXT NOT NULL DEFAULT '', -- why its slot is not earlier
  retry_at   INTEGER,               -- not before
  tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0), -- certain "not sent" so far
  reason     TEXT NOT NULL DEFAULT '',
  approved_at INTEGER,              -- a person approved its texts; NULL: nobody has
  approved_by TEXT NOT NULL DEFAULT '', -- who, as the command was told
  approved    TEXT NOT NULL DEFAULT '', -- digest of the approved texts, hex
  UNIQUE (target_id, step),
  CHECK ((approved_at IS NULL) = (approved = '')),
  CHECK ((state IN ('queued', 'cancelled')) = (slot_at IS NULL)),
  CHECK (state IN ('queued', 'cancelled') OR (kind <> '' AND account_id IS NOT NULL)),
  CHECK ((state = 'cancelled') = (reason <> ''))
) STRICT;
CREATE INDEX messages_account_slot ON messages (account_id, slot_at) WHERE state = 'scheduled';
CREATE INDEX messages_slot ON messages (slot_at) WHERE state = 'scheduled';
CREATE INDEX messages_unknown ON messages (account_id) WHERE state = 'unknown';

-- releases are messages handed to their channel, or about to be: written in
-- the claim, before the channel is called. state: open (nobody reported yet),
-- sent, not_sent, unknown.
CREATE TABLE releases (
  id             INTEGER PRIMARY KEY,
  message_id     TEXT NOT NULL REFERENCES messages (id),
  account_id     INTEGER NOT NULL REFERENCES accounts (id),
  person_id      INTEGER NOT NULL REFERENCES people (id),
  target_id      INTEGER NOT NULL REFERENCES targets (id),
  campaign_id    INTEGER NOT NULL REFERENCES campaigns (id),
  channel        TEXT NOT NULL,
  slot_at        INTEGER NOT NULL,
  released_at    INTEGER NOT NULL,
  kind           TEXT NOT NULL CHECK (kind IN
                 ('connect', 'message', 'inmail', 'introduction', 'invitation', 'reminder')),
  noted          INTEGER NOT NULL DEFAULT 0 CHECK (noted IN (0, 1)), -- a connection request with a note
  key            TEXT NOT NULL UNIQUE, -- what a receiver deduplicates by
  subject        TEXT NOT NULL DEFAULT '',
  body           TEXT NOT NULL DEFAULT '',
  step           TEXT NOT NULL,
  step_no        INTEGER NOT NULL CHECK (step_no >= 1),
  priority       INTEGER NOT NULL,
  zone           TEXT NOT NULL DEFAULT '', -- the recipient's, as the target had it
  country        TEXT NOT NULL DEFAULT '', -- likewise
  state          TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'sent', 'not_sent', 'unknown')),
  done_at        INTEGER,           -- when it left open
  accepted_at    INTEGER,           -- its channel took it while open: a report follows
  recalled_at    INTEGER,           -- an open card nobody should act on any more: "did you send it?"
  withdrawn_at   INTEGER,           -- a connection request taken back: it is not pending any more
  detail         TEXT NOT NULL DEFAULT '',
  verdict        TEXT NOT NULL DEFAULT '',
  answer         TEXT NOT NULL DEFAULT '', -- what a person answered on the card, for undo
  lot_id         INTEGER REFERENCES lots (id), -- the credit an InMail took
  config_version INTEGER NOT NULL,
  used           INTEGER NOT NULL,  -- of the daily cap at the claim, this one included
  cap            INTEGER NOT NULL,
  credits_left   INTEGER NOT NULL DEFAULT 0,
  limits         TEXT NOT NULL DEFAULT '[]', -- []limits.Answer as they stood after the claim, this one included
  before_step    TEXT NOT NULL DEFAULT '', -- the target's last_step and last_at before the claim:
  before_at      INTEGER,           -- a certain "not sent" restores them
  reconciled_at  INTEGER,           -- booked after a quarantine; another database made the claim
  CHECK ((state = 'open') = (done_at IS NULL))
) STRICT;
-- At most one delivery of a message is open, or of unknown effect, or done.
CREATE UNIQUE INDEX releases_one ON releases (message_id) WHERE state <> 'not_sent';
CREATE INDEX releases_message ON releases (message_id);
CREATE INDEX releases_account ON releases (account_id, slot_at);
CREATE INDEX releases_person ON releases (person_id, slot_at);
CREATE INDEX releases_open ON releases (account_id) WHERE state = 'open';
CREATE INDEX releases_unknown ON releases (person_id) WHERE state = 'unknown';
CREATE INDEX releases_inmails ON releases (account_id, person_id) WHERE kind = 'inmail' AND state <> 'not_sent';
CREATE INDEX releases_connects ON releases (account_id) WHERE kind = 'connect' AND state <> 'not_sent';

-- withdrawals are connection requests that are taken back because nobody
-- answered them. state: waiting (for ask_at), open (with a person, or its channel
-- has not reported), done, failed (the channel could not), cancelled (see
-- reason: accepted, answered, withdrawn, edit; skipped by a person). Asking twice
-- does no harm: what nobody can tell is asked again.
CREATE TABLE withdrawals (
  id         INTEGER PRIMARY KEY,
  release_id INTEGER NOT NULL UNIQUE REFERENCES releases (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  person_id  INTEGER NOT NULL REFERENCES people (id),
  due_at     INTEGER NOT NULL,
  ask_at     INTEGER,               -- the slot at which it is handed over; NULL: its account or campaign stands still
  state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'open', 'done', 'failed', 'cancelled')),
  channel    TEXT NOT NULL DEFAULT '', -- it was handed to last
  asked_at   INTEGER,               -- when it was handed over last
  done_at    INTEGER,               -- when it came to its end
  tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0), -- without success so far
  retry_at   INTEGER,               -- not before
  reason     TEXT NOT NULL DEFAULT '',
  answer     TEXT NOT NULL DEFAULT '', -- what a person answered on the card, for undo
  detail     TEXT NOT NULL DEFAULT '',
  CHECK ((state = 'cancelled') = (reason <> '')),
  CHECK (state <> 'open' OR asked_at IS NOT NULL)
) STRICT;
CREATE INDEX withdrawals_live ON withdrawals (account_id) WHERE state IN ('waiting', 'open');
CREATE INDEX withdrawals_ask ON withdrawals (ask_at) WHERE state = 'waiting';
CREATE INDEX withdrawals_done ON withdrawals (account_id, done_at) WHERE state = 'done';
CREATE INDEX withdrawals_person ON withdrawals (person_id);

-- quarantines are the times of which a database that was put back knows nothing:
-- from_at, the last it knew, to until_at, when it was put back. Nothing is
-- released while one has no ended_at.
CREATE TABLE quarantines (
  id         INTEGER PRIMARY KEY,
  from_at    INTEGER NOT NULL,
  until_at   INTEGER NOT NULL,
  cause      TEXT NOT NULL,
  earlier    TEXT NOT NULL DEFAULT '[]', -- files of the databases that were here before, JSON
  last_event INTEGER NOT NULL,      -- the last id of events when it began
  ended_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX quarantines_live ON quarantines ((ended_at IS NULL)) WHERE ended_at IS NULL;

-- doubts are the messages that had a slot in such a time, as they were planned
-- when it was found: planning takes the slots away. Each was likely released.
CREATE TABLE doubts (
  quarantine_id INTEGER NOT NULL REFERENCES quarantines (id),
  message_id    TEXT NOT NULL REFERENCES messages (id),
  account_id    INTEGER NOT NULL REFERENCES accounts (id),
  slot_at       INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  is_else       INTEGER NOT NULL CHECK (is_else IN (0, 1)),
  PRIMARY KEY (quarantine_id, message_id)
) STRICT, WITHOUT ROWID;

-- units are counts against the limits, at their slot's time. A unit given back
-- is a row of its own with the same account, at, kind, noted and release and
-- amount -1, so that sums over those columns are what counts.
CREATE TABLE units (
  id          INTEGER PRIMARY KEY,
  account_id  INTEGER NOT NULL REFERENCES accounts (id),
  at          INTEGER NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN
              ('connect', 'message', 'inmail', 'introduction', 'invitation', 'reminder')),
  noted       INTEGER NOT NULL DEFAULT 0 CHECK (noted IN (0, 1)),
  manual      INTEGER NOT NULL DEFAULT 0 CHECK (manual IN (0, 1)), -- recorded by hand
  amount      INTEGER NOT NULL CHECK (amount <> 0),
  release_id  INTEGER REFERENCES releases (id),
  recorded_at INTEGER NOT NULL,
  note        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX units_account ON units (account_id, at);
CREATE INDEX units_release ON units (release_id) WHERE release_id IS NOT NULL;

-- lots are credits granted together. cycle is the year and month of the refresh a
-- plan grant belongs to ('' for the other sources).
CREATE TABLE lots (
  id         INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  source     TEXT NOT NULL CHECK (source IN ('plan', 'pack', 'refund', 'adjustment')),
  cycle      TEXT NOT NULL DEFAULT '',
  granted_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  amount     INTEGER NOT NULL CHECK (amount >= 0),
  remaining  INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND amount)
) STRICT;
CREATE UNIQUE INDEX lots_cycle ON lots (account_id, cycle) WHERE source = 'plan';
CREATE INDEX lots_account ON lots (account_id, granted_at);

-- entries are every change of an account's credits, with the balance after it.
CREATE TABLE entries (
  id          INTEGER PRIMARY KEY,
  account_id  INTEGER NOT NULL REFERENCES accounts (id),
  at          INTEGER NOT NULL,
  change      INTEGER NOT NULL,
  balance     INTEGER NOT NULL CHECK (balance >= 0),
  reason      TEXT NOT NULL,
  lot_id      INTEGER REFERENCES lots (id),
  message_id  TEXT REFERENCES messages (id),
  release_id  INTEGER REFERENCES releases (id),
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX entries_account ON entries (account_id, id);

-- holds are what the platform said to stop. kinds: names joined by ',', '' is
-- all kinds. A hold is live while lifted_at is NULL and now is in
-- [from_at, until_at).
CREATE TABLE holds (
  id         INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  kinds      TEXT NOT NULL DEFAULT '',
  noted_only INTEGER NOT NULL DEFAULT 0 CHECK (noted_only IN (0, 1)),
  from_at    INTEGER NOT NULL,
  until_at   INTEGER,               -- NULL: until a person says so
  reason     TEXT NOT NULL,         -- a limits.Held
  verdict    TEXT NOT NULL DEFAULT '',
  lifted_at  INTEGER
) STRICT;
CREATE INDEX holds_account ON holds (account_id) WHERE lifted_at IS NULL;

-- no_invites are the people an account cannot invite before until_at: their
-- request was withdrawn, or the platform said so. They hold also for what is
-- queued later.
CREATE TABLE no_invites (
  id         INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  person_id  INTEGER NOT NULL REFERENCES people (id),
  from_at    INTEGER NOT NULL,
  until_at   INTEGER NOT NULL,
  reason     TEXT NOT NULL,         -- withdrawn, or the verdict
  lifted_at  INTEGER                -- the answer with the verdict was taken back
) STRICT;
CREATE INDEX no_invites_account ON no_invites (account_id, person_id) WHERE lifted_at IS NULL;

-- ceilings are daily caps learnt from the platform's "daily limit reached".
CREATE TABLE ceilings (
  id           INTEGER PRIMARY KEY,
  account_id   INTEGER NOT NULL REFERENCES accounts (id),
  at           INTEGER NOT NULL,
  count        INTEGER NOT NULL CHECK (count >= 0),
  forgotten_at INTEGER
) STRICT;
CREATE INDEX ceilings_account ON ceilings (account_id) WHERE forgotten_at IS NULL;

-- events are the log of what happened, for people: account and campaign are
-- the names of that day, their ids say who that was after a rename.
CREATE TABLE events (
  id         INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  account    TEXT NOT NULL DEFAULT '',
  campaign   TEXT NOT NULL DEFAULT '',
  account_id  INTEGER REFERENCES accounts (id),
  campaign_id INTEGER REFERENCES campaigns (id),
  person_id  INTEGER REFERENCES people (id),
  message_id TEXT REFERENCES messages (id),
  release_id INTEGER REFERENCES releases (id),
  detail     TEXT NOT NULL DEFAULT '',
  ref        TEXT NOT NULL DEFAULT '' -- the id its sender gave it: the same twice is once
) STRICT;
CREATE UNIQUE INDEX events_ref ON events (ref) WHERE ref <> '';
CREATE INDEX events_person ON events (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX events_at ON events (at);

-- staged_targets are the targets an apply adds or changes (gone 0) or removes
-- (gone 1), before they are merged. Rows of the staging named by meta.merging
-- are committed and must be merged; all others are leftovers.
CREATE TABLE staged_targets (
  stage    INTEGER NOT NULL,        -- the staging it belongs to
  seq      INTEGER NOT NULL,        -- order of merging
  campaign TEXT NOT NULL,           -- its key
  profile  TEXT NOT NULL,
  gone     INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
  account  TEXT NOT NULL DEFAULT '', -- dealt to, by name after the apply; '': none
  position INTEGER NOT NULL DEFAULT 0,
  priority INTEGER NOT NULL DEFAULT 0,
  degree   INTEGER NOT NULL DEFAULT 0,
  zone     TEXT NOT NULL DEFAULT '',
  country  TEXT NOT NULL DEFAULT '',
  fields   TEXT NOT NULL DEFAULT '',
  digest   TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (stage, seq)
) STRICT, WITHOUT ROWID;

-- A message begins as queued (or cancelled, if its step is not sent to this
-- target) and moves only as docs/states.md draws it. An answer that is taken back
-- reopens the release first, then the message.
-- +goose StatementBegin
CREATE TRIGGER messages_begin BEFORE INSERT ON messages
WHEN NEW.state NOT IN ('queued', 'cancelled')
BEGIN SELECT RAISE(ABORT, 'a message begins as queued or cancelled'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER messages_move BEFORE UPDATE OF state ON messages
WHEN NEW.state <> OLD.state AND NOT CASE OLD.state
  WHEN 'queued'    THEN NEW.state IN ('scheduled', 'cancelled')
  WHEN 'scheduled' THEN NEW.state IN ('queued', 'released', 'cancelled')
  WHEN 'released'  THEN NEW.state IN ('sent', 'queued', 'failed', 'unknown')
  WHEN 'unknown'   THEN NEW.state IN ('sent', 'queued', 'failed')
  WHEN 'failed'    THEN NEW.state IN ('queued')
  WHEN 'cancelled' THEN NEW.state IN ('queued')
  ELSE 0 END
  AND NOT (NEW.state = 'released' AND EXISTS
    (SELECT 1 FROM releases WHERE message_id = NEW.id AND state = 'open'))
BEGIN SELECT RAISE(ABORT, 'a message cannot move from this state to that one'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER messages_same BEFORE UPDATE OF id, target_id, step ON messages
WHEN NEW.id <> OLD.id OR NEW.target_id <> OLD.target_id OR NEW.step <> OLD.step
BEGIN SELECT RAISE(ABORT, 'a message keeps its id, target and step'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER messages_stay BEFORE DELETE ON messages
BEGIN SELECT RAISE(ABORT, 'messages are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_stay BEFORE DELETE ON releases
BEGIN SELECT RAISE(ABORT, 'releases are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER releases_same BEFORE UPDATE OF
  message_id, account_id, person_id, target_id, campaign_id, slot_at, released_at, kind, key ON releases
WHEN NEW.message_id <> OLD.message_id OR NEW.account_id <> OLD.account_id OR NEW.person_id <> OLD.person_id
  OR NEW.target_id <> OLD.target_id OR NEW.campaign_id <> OLD.campaign_id OR NEW.slot_at <> OLD.slot_at
  OR NEW.released_at <> OLD.released_at OR NEW.kind <> OLD.kind OR NEW.key <> OLD.key
BEGIN SELECT RAISE(ABORT, 'what a release recorded does not change'); END;
-- +goose StatementEnd

-- The ledger is append-only.
-- +goose StatementBegin
CREATE TRIGGER units_update BEFORE UPDATE ON units
BEGIN SELECT RAISE(ABORT, 'units are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER units_delete BEFORE DELETE ON units
BEGIN SELECT RAISE(ABORT, 'units are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entries_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entries_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER lots_delete BEFORE DELETE ON lots
BEGIN SELECT RAISE(ABORT, 'lots are never deleted'); END;
-- +goose StatementEnd
