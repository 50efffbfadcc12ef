// Reads groups back and rebuilds their proofs. Made for readers that go forward: the group read
// last and the bytes behind it are kept, so a record costs its checksum and its leaf's hash, and no
// second look at the disk.
#pragma once

#include <mutex>

#include "journal/segments.hpp"

namespace bw::journal {

class Reader {
public:
    Reader(const Segments& segments, Journal::Sign sign)
        : segments_(segments), sign_(std::move(sign)) {}

    /// As Journal::read. Thread-safe; readers far apart from each other cost each a walk of up to
    /// index_step bytes.
    Result<std::vector<Entry>> read(std::uint64_t after_seq, std::size_t items_limit,
                                    std::size_t bytes_limit);

    /// As Journal::groups: neither the records' hashes nor the signature are made.
    Result<std::vector<LoggedGroup>> groups(std::uint64_t after, std::size_t limit);

    /// Up to `limit` groups after number `after` as messages (group.hpp), at least one if there is
    /// any. not_found if the next one was forgotten.
    Result<std::vector<Bytes>> messages(std::uint64_t after, std::size_t limit,
                                        std::size_t bytes_limit);

private:
    struct Loaded {
        std::uint64_t segment = 0, offset = 0;       // of the group
        MerkleFrontier tree;                         // of the groups before it
        GroupShape shape;                            // group 0: nothing is loaded
        std::shared_ptr<const CommittedGroup> group; // made when first asked for
        bool holds(std::uint64_t seq) const {
            return shape.group.number != 0 && seq >= shape.group.first_seq &&
                   seq - shape.group.first_seq < shape.records.size();
        }
    };
    Result<void> seek(std::uint64_t seq);
    Result<void> seek_group(std::uint64_t group);
    Result<void> load(const IndexEntry& place);
    Result<void> load_next();
    Result<void> prove();
    ByteView loaded_bytes() const { return ByteView(chunk_).substr(loaded_.offset - chunk_begin_); }
    Error corrupt(std::string why) const;

    const Segments& segments_;
    const Journal::Sign sign_;
    std::mutex mutex_;
    Loaded loaded_;
    Bytes chunk_; // bytes of loaded_.segment from chunk_begin_; always holds the loaded group
    std::uint64_t chunk_begin_ = 0, chunk_segment_ = 0;
};

} // namespace bw::journal
