// A journal looked at from outside, by a person: beside the process that has it open, or on a copy.
// Takes no lock and changes nothing.
#pragma once

#include "journal/reader.hpp"
#include "journal/tree_log.hpp"

namespace bw::journal {

/// One thread. What a running process appends after open() is not seen; what it forgets or damages
/// meanwhile is an error.
class View {
public:
    /// Every group's checksums and the tree are verified already: `corrupt` otherwise, with file
    /// and offset. `sign` as for Journal::open; for groups that are read.
    static Result<View> open(const std::filesystem::path& journal, Journal::Sign sign,
                             const Clock& clock);

    const Manifest& manifest() const { return segments_->manifest(); }
    /// Groups and records, and the bytes of a torn tail: of a process that ended there, or of one
    /// that was writing just then.
    const Recovery& found() const { return segments_->recovery(); }
    std::vector<SegmentView> segments() const { return segments_->views(); }
    std::uint64_t first_seq() const { return segments_->first_seq(); }
    std::uint64_t last_seq() const { return segments_->durable_seq(); }
    /// Of all groups; nullopt if there are none.
    std::optional<Sha256> root() const;

    /// As Journal::read; every record's leaf is verified.
    Result<std::vector<Entry>> read(std::uint64_t after_seq, std::size_t items_limit,
                                    std::size_t bytes_limit);
    /// Does the tree log at `tree_log` hold, and hold the same groups as the segments do? Says
    /// how many it has; not_found if there is none.
    Result<std::uint64_t> verify_log(const std::filesystem::path& tree_log);

private:
    View(std::unique_ptr<const Segments> segments, Journal::Sign sign)
        : segments_(std::move(segments)),
          reader_(std::make_unique<Reader>(*segments_, std::move(sign))) {}
    std::unique_ptr<const Segments> segments_;
    std::unique_ptr<Reader> reader_;
};

/// A record that a damaged journal still has.
struct Salvaged {
    Position position;
    Nonce nonce{};
    ByteView record;
};
/// Calls `take` with every record in the directory whose checksum holds at its place, in the order
/// of the segments, whatever stands around it; how many. Nothing is proven: an opening that finds
/// no damage is better.
Result<std::uint64_t> salvage(const std::filesystem::path& journal,
                              const std::function<Result<void>(const Salvaged&)>& take);

} // namespace bw::journal
