#pragma once

// The tables of job.db. docs/journal.md explains them to users, who may query them. They are strict, so that
// quick_check finds values of a wrong kind, too.

#include <array>
#include <string>
#include <string_view>

namespace wm {

inline constexpr int journal_application_id = 0x574D4A31;  // "WMJ1"
inline constexpr int journal_version = 8;

/// Tables that upgrades may leave as they are must not change in a letter: see schema_check.h.
inline constexpr std::string_view run_table = R"sql(
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  started TEXT NOT NULL,             -- UTC
  ended TEXT,                        -- NULL: still running, or it died
  exit_code INTEGER,
  reason TEXT,                       -- why it ended early
  pid INTEGER NOT NULL,
  token INTEGER NOT NULL,            -- in the names of the run's temporary files
  boot_id TEXT NOT NULL,             -- of the kernel: two runs of one boot share a page cache
  command TEXT NOT NULL,
  recipe TEXT NOT NULL,              -- JSON
  output_directory BLOB,             -- absolute path, bytes
  recipe_hash BLOB,                  -- of the marks, the contents of their files, and the encoding
  shard INTEGER, shards INTEGER,     -- which of how many parts of a job; NULL: the whole job
  job TEXT,                          -- id of the job in job.json; NULL without shards
  elapsed_ms INTEGER,                -- from here on: NULL until it has ended, or the next run has begun
  inputs INTEGER, marked INTEGER, unmarked INTEGER, up_to_date INTEGER, failed INTEGER,
  quarantined INTEGER, pending INTEGER, ignored INTEGER,
  workers INTEGER, restarts INTEGER, retries INTEGER, crashes INTEGER,
  input_bytes INTEGER, output_bytes INTEGER,  -- of published pictures
  unreadable_directories INTEGER, damaged INTEGER, links_not_followed INTEGER,
  other_shards INTEGER,              -- files of other shards; NULL without shards
  whole INTEGER,                     -- files of all shards; NULL, too, if not all were found
  own_digest INTEGER, whole_digest INTEGER,  -- of the names of the shard's own files, and of all
  not_inputs INTEGER,                -- of its own files: listed twice, or left out
  rebuild BLOB                       -- hash of the recipe of a run that derived what was done from the outputs
) STRICT;
)sql";
inline constexpr std::string_view run_figure_tables = R"sql(
CREATE TABLE run_sample (            -- how far a run was at one time
  run INTEGER NOT NULL,
  elapsed_ms INTEGER NOT NULL,
  inputs INTEGER NOT NULL, marked INTEGER NOT NULL, unmarked INTEGER NOT NULL, up_to_date INTEGER NOT NULL,
  failed INTEGER NOT NULL, quarantined INTEGER NOT NULL, ignored INTEGER NOT NULL,
  workers INTEGER NOT NULL, restarts INTEGER NOT NULL, retries INTEGER NOT NULL, crashes INTEGER NOT NULL,
  input_bytes INTEGER NOT NULL, output_bytes INTEGER NOT NULL,
  resident_bytes INTEGER NOT NULL,   -- of all workers
  PRIMARY KEY (run, elapsed_ms)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_stage (             -- how long pictures were in a stage, as a histogram
  run INTEGER NOT NULL,
  stage TEXT NOT NULL,
  from_ns INTEGER NOT NULL,          -- the bucket has times from here up to 17/16 of it
  count INTEGER NOT NULL,
  total_ns INTEGER NOT NULL,
  PRIMARY KEY (run, stage, from_ns)
) STRICT, WITHOUT ROWID;
)sql";
inline constexpr std::string_view file_tables = R"sql(
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

[[nodiscard]] inline std::string journal_schema() {
  return std::string(run_table).append(run_figure_tables).append(file_tables);
}

}  // namespace wm
