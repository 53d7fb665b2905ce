#include "supervisor/journal/own_outputs.h"

#include "supervisor/text/escape.h"

namespace wm {

bool is_recorded(const OutputStatus& file, const OutputRecord& record) {
  if (!file.regular() || !record.is_certain) return false;
  if (record.identity.inode != 0) {
    OutputIdentity recorded = record.identity;
    // Earlier versions recorded numbers that such a file system may have given to other files since.
    if (file.identity.inode == no_inode_number) recorded.inode = no_inode_number;
    return file.identity == recorded;
  }
  return record.identity.size > 0 && file.identity.size == record.identity.size &&
         file.ctime_ns >= record.started_ns - coarse_clock_lag_ns;
}

bool is_cut_off(const OutputStatus& file, const OutputRecord& record) {
  return file.regular() && record.identity.inode != 0 && file.identity.inode != no_inode_number &&
         file.identity.inode == record.identity.inode && file.identity.size < record.identity.size;
}

bool may_be_published(const OutputStatus& file, const OutputRecord& record) {
  return file.regular() && !record.is_certain && file.identity == record.identity;
}

std::string refusal_to_replace(const std::string& output, const OutputStatus& file,
                               const OutputPolicy& policy) {
  if (!file.regular()) return never_replaced_text(shown_path(output), file.mode);
  return policy.foreign == ForeignFile::refuse ? foreign_file_text(shown_path(output)) : std::string{};
}

struct OwnOutputs::Statements {
  explicit Statements(const sqlite::Database& db)
      : files(db, "SELECT id, output FROM file WHERE output_bytes > 0"),
        formers(db, "SELECT rowid, output FROM former_output"),
        file(db,
             "SELECT output_bytes, output_inode, output_mtime_ns, started_ns, output FROM file "
             "WHERE id = ?1 AND output_bytes > 0 AND (output_run IS NOT NULL OR output_inode IS NULL)"),
        former(db, "SELECT bytes, inode, mtime_ns, 0, output FROM former_output WHERE rowid = ?1"),
        keep(db, "INSERT INTO former_output (output, bytes, inode, mtime_ns) VALUES (?1, ?2, ?3, ?4)"),
        last_row(db, "SELECT last_insert_rowid()") {}
  sqlite::Statement files, formers, file, former, keep, last_row;
};

OwnOutputs::OwnOutputs(const sqlite::Database& database, const NameFolding& names)
    : statements_(std::make_unique<Statements>(database)), names_(names) {}
OwnOutputs::~OwnOutputs() = default;
OwnOutputs::OwnOutputs(OwnOutputs&&) noexcept = default;
OwnOutputs& OwnOutputs::operator=(OwnOutputs&&) noexcept = default;

void OwnOutputs::read_paths() {
  files_.emplace();
  const auto read = [this](sqlite::Statement& rows, PathIndex& index) {
    while (rows.step()) index.add(folded(rows.bytes(1), names_), rows.integer(0));
    rows.reset();
  };
  read(statements_->files, *files_);
  read(statements_->formers, former_);
}

bool OwnOutputs::contain(const std::string& output, const OutputStatus& file) {
  if (!file.regular()) return false;
  if (!files_) read_paths();
  const std::string name = folded(output, names_);
  const auto is_file_of = [&](sqlite::Statement& query) {
    return [&](std::int64_t row) {
      query.bind(1, row);
      const bool found =
          query.step() && folded(query.bytes(4), names_) == name &&
          is_recorded(file, {.identity = {.inode = static_cast<std::uint64_t>(query.integer(1)),
                                          .size = query.integer(0),
                                          .mtime_ns = query.integer(2)},
                             .started_ns = query.integer(3)});
      query.reset();
      return found;
    };
  };
  return files_->find(name, is_file_of(statements_->file)) ||
         former_.find(name, is_file_of(statements_->former));
}

void OwnOutputs::keep_former(const std::string& output, const OutputIdentity& identity) {
  statements_->keep.bind_blob(1, output)
      .bind(2, identity.size)
      .bind(3, static_cast<std::int64_t>(identity.inode))
      .bind(4, identity.mtime_ns)
      .execute();
  if (!files_) return;
  if (statements_->last_row.step()) former_.add(folded(output, names_), statements_->last_row.integer(0));
  statements_->last_row.reset();
}

}  // namespace wm
