#include "recordings/pieces.hpp"

#include <algorithm>
#include <set>

namespace bw::recordings {

namespace {

Error unwanted() {
    return fail(Code::conflict, "nothing more is wanted of this recording");
}

} // namespace

std::string PieceWriter::key(std::int64_t number) const {
    return object_key(attempt_.tenant.scope.tenant(), id_, number);
}

Result<std::int64_t> PieceWriter::next() {
    const auto number =
        TRY(in_transaction([this](tenancy::TenantTx& tx) { return next_number(tx, id_); }));
    if (!number)
        return unwanted();
    return *number;
}

Result<std::vector<Piece>> PieceWriter::pieces() {
    return in_transaction([this](tenancy::TenantTx& tx) { return pieces_of(tx, id_); });
}

Result<std::optional<std::int64_t>> PieceWriter::begin_rung(const std::string& name) {
    rung_ = name;
    init_.clear();
    init_written_ = false;
    draft_.reset();
    std::int64_t taken = 0;
    for (const Piece& piece : TRY(pieces())) {
        if (piece.rung != name)
            continue;
        if (piece.ends)
            return std::optional<std::int64_t>();
        taken += piece.taken;
    }
    return std::optional(taken);
}

Result<void> PieceWriter::restart_rung(const std::string& name) {
    std::vector<std::int64_t> numbers;
    for (const Piece& piece : TRY(pieces()))
        if (piece.rung == name && !piece.ends)
            numbers.push_back(piece.number);
    if (numbers.empty())
        return {};
    return in_transaction([&](tenancy::TenantTx& tx) { return drop_pieces(tx, id_, numbers); });
}

Result<void> PieceWriter::append(ByteView bytes) {
    CHECK_OK(draft_->append(bytes, attempt_.deadline));
    hash_.update(bytes);
    piece_.bytes += static_cast<std::int64_t>(bytes.size());
    return {};
}

Result<void> PieceWriter::init(ByteView bytes) {
    if (bytes == ByteView(init_))
        return {};
    init_ = bytes;
    init_written_ = false;
    return {};
}

Result<void> PieceWriter::segment(ByteView bytes, std::int64_t ms, bool anew, bool after_gap) {
    if (attempt_.stop.stop_requested())
        return fail(Code::unavailable, "the work was interrupted");
    if (bytes.empty() || bytes.size() > segment_bytes_limit || init_.empty())
        return fail(Code::corrupt, "a segment of the recording is empty, too large or without "
                                   "its beginning");
    if (!draft_) {
        piece_ = Piece{.number = TRY(next()), .rung = rung_};
        static_cast<void>(hash_.finish()); // of one that was given up
        draft_ = TRY(store_.begin(key(piece_.number), attempt_.deadline));
    }
    if (!init_written_) {
        piece_.contents += init_line(static_cast<std::uint64_t>(piece_.bytes), init_.size());
        CHECK_OK(append(init_));
        init_written_ = true;
    }
    piece_.contents +=
        segment_line(ms, static_cast<std::uint64_t>(piece_.bytes), bytes.size(), anew, after_gap);
    CHECK_OK(append(bytes));
    ++piece_.taken;
    return piece_.bytes >= bytes_in_piece_ ? close(false) : Result<void>();
}

Result<void> PieceWriter::close(bool ends) {
    piece_.ends = ends;
    piece_.sha256 = hash_.finish();
    CHECK_OK(draft_->finish(attempt_.deadline));
    draft_.reset();
    if (TRY(in_transaction(
            [this](tenancy::TenantTx& tx) { return add_piece(tx, id_, piece_, progress_); })))
        return {};
    // The sweep may have been before it: nobody else would know of this object.
    CHECK_OK(store_.remove(key(piece_.number), attempt_.deadline));
    return unwanted();
}

Result<void> PieceWriter::end_rung() {
    if (draft_)
        return close(true);
    // The last segment filled its piece: an empty one says that nothing follows.
    piece_ = Piece{.number = TRY(next()), .rung = rung_, .ends = true};
    piece_.sha256 = Sha256Stream().finish();
    if (!TRY(in_transaction(
            [this](tenancy::TenantTx& tx) { return add_piece(tx, id_, piece_, progress_); })))
        return unwanted();
    return {};
}

Result<std::vector<Piece>> PieceWriter::written() {
    std::vector<Piece> all = TRY(pieces());
    std::erase_if(all, [](const Piece& piece) { return piece.bytes == 0; });
    return all;
}

Result<Manifest> PieceWriter::so_far(const std::string& master) {
    return Manifest::parse(Manifest::text(master, TRY(written())));
}

Result<Bytes> PieceWriter::read(const Place& place) {
    return store_.read(key(place.number), place.offset, static_cast<std::size_t>(place.bytes),
                       attempt_.deadline);
}

Result<PieceWriter::Finished> PieceWriter::finish(const std::string& master) {
    const std::vector<Piece> all = TRY(written());
    const std::string text = Manifest::text(master, all);
    const Manifest manifest = TRY(Manifest::parse(text));
    std::set<std::string> kept;
    for (const Piece& piece : all) {
        kept.insert(key(piece.number));
        if (TRY(store_.size(key(piece.number), attempt_.deadline)) !=
            static_cast<std::uint64_t>(piece.bytes))
            return fail(Code::corrupt, "a piece in the store has another size than was written");
    }
    const std::int64_t number = TRY(next());
    kept.insert(key(number));
    const auto draft = TRY(store_.begin(key(number), attempt_.deadline));
    CHECK_OK(draft->append(text, attempt_.deadline));
    CHECK_OK(draft->finish(attempt_.deadline));
    // What attempts that died left behind.
    CHECK_OK(store_.remove_series(object_prefix(attempt_.tenant.scope.tenant(), id_), number, kept,
                                  attempt_.deadline));
    Sha256Stream hash;
    hash.update(text);
    return Finished{number, hash.finish(), manifest.totals()};
}

} // namespace bw::recordings
