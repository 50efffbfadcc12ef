// The permanent part of a journal: its groups without their records, and the nodes of the tree over
// them. It outlives the segments, so that every head can be held against every later one, for good.
// Knows nothing of segments: whoever fills it says what is durable elsewhere.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>

#include "journal/file.hpp"
#include "journal/journal.hpp"

namespace bw::journal {

/// 128 bytes a group on disk, next to nothing in memory. One writer; readers on any thread.
class TreeLog {
public:
    /// In a directory of its own, one log an epoch. `known`: the tree of the groups that are
    /// durable nowhere else; the log must begin with it, else `corrupt`. What it holds beyond is
    /// kept as far as it is whole, up to `groups`, which the journal has in all: `corrupt` if the
    /// log has more, for then the journal has lost its end.
    static Result<std::unique_ptr<TreeLog>> open(std::unique_ptr<Directory> directory,
                                                 std::uint64_t epoch, const MerkleFrontier& known,
                                                 std::uint64_t groups);

    /// For reading alone, as far as it is whole; not_found if there is none. append() is forbidden.
    static Result<std::unique_ptr<TreeLog>> open_to_read(std::unique_ptr<Directory> directory,
                                                         std::uint64_t epoch);

    /// The next groups, from number size() + 1 on; durable when ok. `corrupt`, with nothing
    /// written, if they do not continue this tree to the root that the last one states. A failed
    /// write may be tried again; after a failed sync nothing is taken until it is opened again.
    Result<void> append(std::span<const LoggedGroup> groups);

    /// Groups that are durable here.
    std::uint64_t size() const { return size_.load(std::memory_order_acquire); }

    // Of what is durable: 1 <= number, old_size <= size <= size().
    Result<Group> group(std::uint64_t number) const;
    Result<Sha256> root(std::uint64_t size) const;
    Result<std::vector<Sha256>> inclusion_path(std::uint64_t number, std::uint64_t size) const;
    Result<std::vector<Sha256>> consistency_path(std::uint64_t old_size, std::uint64_t size) const;

    /// Every entry and every node, read and hashed again: `corrupt` at the first that is wrong.
    Result<void> verify() const;

private:
    TreeLog(std::unique_ptr<Directory> directory, std::uint64_t epoch);
    Result<void> recover(const MerkleFrontier& known, std::uint64_t groups);
    Result<std::vector<Group>> read_after(std::uint64_t number) const;
    Result<void> write(std::span<const Group> groups, std::span<const Sha256> nodes,
                       std::uint64_t after);
    Result<Sha256> node(unsigned level, std::uint64_t index) const;
    MerkleNodes nodes() const;
    Error corrupt(const std::string& file, std::uint64_t number, std::string_view why) const;

    const std::unique_ptr<Directory> directory_;
    const std::uint64_t epoch_;
    const std::string groups_name_, nodes_name_;
    std::unique_ptr<File> groups_, nodes_;
    MerkleFrontier tree_; // the writer's, like failed_
    bool failed_ = false;
    std::atomic<std::uint64_t> size_ = 0;
};

} // namespace bw::journal
