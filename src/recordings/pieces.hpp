// Segments on their way into the blob store: behind each other in pieces, each an object under a
// number of its own. What is whole is written down at once; whoever goes on begins behind it.
#pragma once

#include <memory>

#include "base/sha256_stream.hpp"
#include "blob/store.hpp"
#include "jobs/handler.hpp"
#include "recordings/recording.hpp"

namespace bw::recordings {

constexpr std::int64_t piece_bytes = 64LL << 20;

/// One attempt at one recording. Failures: `conflict` when nothing more is wanted of it; the
/// store's and the database's.
class PieceWriter {
public:
    PieceWriter(blob::Store& store, const jobs::Attempt& attempt, RecordingId id,
                std::int64_t bytes_in_piece = piece_bytes)
        : store_(store), attempt_(attempt), id_(id), bytes_in_piece_(bytes_in_piece) {}

    /// How many of the rung's segments are in the store already; nullopt: all. What was begun and
    /// is not whole is nobody's.
    Result<std::optional<std::int64_t>> begin_rung(const std::string& name);
    /// Forgets what there is of a rung that is not whole: it is made anew.
    Result<void> restart_rung(const std::string& name);

    Result<void> init(ByteView bytes);
    Result<void> segment(ByteView bytes, std::int64_t ms, bool anew, bool after_gap);
    Result<void> end_rung();
    /// Of all, in thousandths; told with the next piece.
    void progress(std::int64_t thousandths) { progress_ = thousandths; }

    /// What is written, as it would be under that master.
    Result<Manifest> so_far(const std::string& master);
    Result<Bytes> read(const Place& place);

    struct Finished {
        std::int64_t manifest;
        Sha256 sha256;
        Totals totals;
    };
    /// When all rungs have ended: the manifest, last of all. `corrupt`: what lies in the store is
    /// not what was written.
    Result<Finished> finish(const std::string& master);

private:
    template <class Deed>
    auto in_transaction(Deed deed) {
        return attempt_.database.run(attempt_.tenant.scope, attempt_.deadline, deed);
    }
    Result<std::int64_t> next();
    Result<std::vector<Piece>> pieces();
    Result<std::vector<Piece>> written();
    std::string key(std::int64_t number) const;
    Result<void> append(ByteView bytes);
    Result<void> close(bool ends);

    blob::Store& store_;
    const jobs::Attempt& attempt_;
    const RecordingId id_;
    const std::int64_t bytes_in_piece_;
    std::int64_t progress_ = 0;
    std::string rung_;
    Bytes init_;
    bool init_written_ = false;
    std::unique_ptr<blob::Draft> draft_;
    Piece piece_;
    Sha256Stream hash_;
};

} // namespace bw::recordings
