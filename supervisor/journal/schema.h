#pragma once

// The tables of job.db. docs/journal.md explains them to users, who may query them. They are strict, so that
// quick_check finds values of a wrong kind, too.

namespace wm {

inline constexpr int journal_application_id = 0x574D4A31;  // "WMJ1"
inline constexpr int journal_version = 6;

inline constexpr const char* journal_schema = R"sql(
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,             -- UTC
  ended TEXT,                        -- NULL: still running, or it died
  exit_code INTEGER,
  pid INTEGER NOT NULL,
  token INTEGER NOT NULL,            -- in the names of the run's temporary files
  boot_id TEXT NOT NULL,             -- of the kernel: two runs of one boot share a page cache
  command TEXT NOT NULL,
  recipe TEXT NOT NULL,              -- JSON
  inputs INTEGER, marked INTEGER, unmarked INTEGER, up_to_date INTEGER, failed INTEGER,
  quarantined INTEGER, pending INTEGER, ignored INTEGER,
  rebuild BLOB                       -- hash of the recipe of a run that derived what was done from the outputs
) STRICT;
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  input BLOB NOT NULL,               -- absolute path, bytes
  shown_from INTEGER NOT NULL,       -- the user gave the path from this byte on
  output BLOB NOT NULL,              -- below the output directory
  size INTEGER, mtime_ns INTEGER,    -- of the input when it was handed out
  recipe BLOB,                       -- hash of the recipe
  state TEXT NOT NULL,
  run INTEGER NOT NULL,              -- the last run that met the input
  done_run INTEGER,                  -- the run in which it got its state
  attempts INTEGER NOT NULL DEFAULT 0,
  interrupted INTEGER NOT NULL DEFAULT 0,  -- 0: never in hand when a run died; else 1 + such runs without progress
  started_ns INTEGER,                -- CLOCK_REALTIME of the first attempt in that run
  kind TEXT, message TEXT,           -- why it failed
  worker INTEGER,                    -- 1-based
  elapsed_us INTEGER,
  output_bytes INTEGER,              -- of what the job published at the output's path, whenever that was:
  output_inode INTEGER,              -- these three tell it from files of others
  output_mtime_ns INTEGER,
  output_run INTEGER,                -- the run that published it
  jpeg_path TEXT,                    -- which way a JPEG took: splice, coefficients or pixels
  jpeg_reason TEXT,                  -- why not in place
  notes TEXT,                        -- marks that were left out, and what of the input the output does not have
  crash TEXT,                        -- ID of the crash that its last attempt ended with, if it did
  CHECK (state = 'started' OR state = 'marked' OR state = 'unmarked' OR state = 'failed' OR
         state = 'quarantined' OR state = 'pending')
  -- An IN list would be a temporary table, made for each row that is written.
) STRICT;
CREATE INDEX file_started ON file (id) WHERE state = 'started';
CREATE TABLE former_output (         -- published for inputs whose output has another path now
  output BLOB NOT NULL,              -- below the output directory
  bytes INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL
) STRICT;
)sql";

}  // namespace wm
