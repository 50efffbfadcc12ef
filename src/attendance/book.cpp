#include "attendance/book.hpp"

namespace bw::attendance {

namespace {

std::size_t rows_of(const Tally& tally) {
    return tally.presence().hours().size() + tally.players().size();
}

} // namespace

void Book::put(const Key& key, const auto& change) {
    Tally& tally = waiting_[key];
    rows_ -= rows_of(tally);
    change(tally);
    rows_ += rows_of(tally);
    if (rows_of(tally) == 0)
        waiting_.erase(key);
}

Result<void> Book::add(const HeartbeatToken& token, const Heartbeat& heartbeat) {
    const std::scoped_lock lock(mutex_);
    if (rows_ >= rows_limit_) {
        ++refused_;
        Error error = fail(Code::overloaded, "too much attendance waits to be written");
        error.retry_after = 30s;
        return error;
    }
    put({token.tenant, token.of, token.user},
        [&](Tally& tally) { tally.add(token.session, heartbeat); });
    ++taken_;
    return {};
}

std::vector<Book::Entry> Book::take(std::size_t rows) {
    const std::scoped_lock lock(mutex_);
    std::vector<Entry> out;
    auto at = taken_to_ ? waiting_.upper_bound(*taken_to_) : waiting_.begin();
    if (at == waiting_.end())
        at = waiting_.begin();
    for (std::size_t n = 0; at != waiting_.end() && n < rows; at = waiting_.erase(at)) {
        n += rows_of(at->second);
        rows_ -= rows_of(at->second);
        taken_to_ = at->first;
        out.emplace_back(at->first, std::move(at->second));
    }
    return out;
}

void Book::give_back(std::vector<Entry> entries) {
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, tally] : entries)
        put(key, [&](Tally& waiting) { waiting.add(tally); });
}

BookStatus Book::status() const {
    const std::scoped_lock lock(mutex_);
    return {waiting_.size(), rows_, taken_, refused_};
}

} // namespace bw::attendance
