// The bytes of an archive's file. Pure functions over bytes; nothing here has keys or trusts its
// input.
//
// Integers are little-endian; a root, a leaf and each step of a path are SHA-256, 32 bytes.
//
// clang-format off
//   the file   "BWARCHV1", u64 epoch, u8 cell bytes, cell, the groups, SHA-256 of all before it
//   a group    u64 number, u64 first seq, u32 size, root, i64 time (ms), u8 durability,
//              root of the journal's tree, u8 steps, path from its leaf to that root,
//              u8 durability of the head, as many records as its size
//   a record   leaf, tenant (16 bytes), user (16 bytes), u32 sealed bytes, sealed nonce and record;
//              0 sealed bytes: the person was erased before it was archived
// clang-format on
#pragma once

#include "base/ids.hpp"
#include "journal/journal.hpp"

namespace bw::submissions {

struct ArchivedRecord {
    Sha256 leaf{};
    TenantId tenant;
    UserId user;
    ByteView sealed;
};

struct ArchivedGroup {
    journal::Group group;
    Sha256 head_root{};
    std::vector<Sha256> head_path;
    journal::Durability head_durability = journal::Durability::local_fsync;
    std::vector<ArchivedRecord> records;

    /// With its head signed again.
    std::shared_ptr<const journal::CommittedGroup>
    committed(const std::string& cell, std::uint64_t epoch,
              const journal::Journal::Sign& sign) const;
};

struct ArchiveFile {
    std::uint64_t epoch = 0;
    std::string cell;
    std::vector<ArchivedGroup> groups;
};

class ArchiveWriter {
public:
    ArchiveWriter(std::uint64_t epoch, const std::string& cell);
    /// Then as many add() as it has records.
    void begin_group(const journal::CommittedGroup& group);
    void add(const ArchivedRecord& record);
    Bytes finish() &&;

private:
    Bytes out_;
};

/// Views into `bytes`. `corrupt`, naming `path`, if the checksum does not hold, if a group's
/// records do not lead to its root, or the group not to its head's.
Result<ArchiveFile> parse_archive(ByteView bytes, const std::string& path);

} // namespace bw::submissions
