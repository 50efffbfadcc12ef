#include "journal/follower.hpp"

#include <fmt/format.h>

#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::journal {

namespace {

constexpr std::size_t messages_at_once = 64;
constexpr std::size_t message_bytes_at_once = 4 * 1024 * 1024;
/// So near the end the writer waits for the rest, and who is behind catches up for sure.
constexpr std::uint64_t in_step_groups = 16;

/// Whatever it is, it says nothing about the other node.
template <class T>
Result<T> read_here(Result<T> read) {
    if (read || read.error().code == Code::not_found)
        return read;
    return fail(Code::unavailable, "cannot read the groups here: " + read.error().text());
}

} // namespace

FollowerLink::FollowerLink(Segments& segments, FollowerOptions options, const Clock& clock)
    : segments_(segments), options_(std::move(options)), clock_(clock),
      journal_(segments.manifest()), reader_(segments, {}) {}

FollowerLink::~FollowerLink() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    committed_.notify_all();
}

Result<void> FollowerLink::begin() {
    auto asked = ask();
    if (!asked && asked.error().code == Code::corrupt)
        return asked;
    if (!asked)
        log::warn("journal_follower_away",
                  {{"follower", options_.node->name()}, {"error", asked.error().text()}});
    known_ = asked.has_value();
    in_step_ = known_ && groups_ == segments_.groups();
    thread_ = std::jthread([this] { run(); });
    return {};
}

Result<void> FollowerLink::ask() {
    const FollowerHas has =
        TRY(options_.node->has(journal_, Deadline::in(clock_, options_.patience)));
    CHECK_OK(compare(has));
    std::lock_guard lock(mutex_);
    groups_ = has.groups;
    segments_.set_followed(has.groups);
    return {};
}

/// The same groups as here, as far as it has them?
Result<void> FollowerLink::compare(const FollowerHas& has) {
    auto parted = [](const std::string& how) {
        return fail(Code::corrupt, how + ". Import the follower's copy, or keep this directory "
                                         "aside and start with a new one");
    };
    if (has.groups > segments_.groups())
        return parted(fmt::format("the follower has {} groups of this journal, which ends at {}: "
                                  "it has lost its end",
                                  has.groups, segments_.groups()));
    const MerkleFrontier forgotten = segments_.forgotten_tree();
    if (has.groups == 0 || has.groups < forgotten.size())
        return {}; // it begins anew behind what is forgotten here
    const Sha256 root = has.groups == forgotten.size()
                            ? forgotten.root()
                            : TRY(read_here(reader_.groups(has.groups - 1, 1))).front().head_root;
    if (root != has.root)
        return parted(fmt::format("the follower has other groups than this journal among the first "
                                  "{}: two processes wrote one epoch, or it has lost its end",
                                  has.groups));
    return {};
}

Result<void> FollowerLink::send() {
    std::uint64_t has = 0;
    {
        std::lock_guard lock(mutex_);
        has = groups_;
    }
    const std::uint64_t forgotten = segments_.forgotten_tree().size();
    const std::uint64_t from = std::max(has, forgotten);
    const std::vector<Bytes> messages =
        TRY(read_here(reader_.messages(from, messages_at_once, message_bytes_at_once)));
    if (messages.empty())
        return {};
    std::size_t bytes = 0;
    for (const Bytes& message : messages)
        bytes += message.size();
    // Who catches up over a slow line needs longer than an answer in step.
    const Duration limit = options_.patience + std::chrono::microseconds(bytes * 4);
    const FollowerHas now = TRY(options_.node->append(journal_, messages, segments_.first_seq() - 1,
                                                      Deadline::in(clock_, limit)));
    CHECK_OK(compare(now));
    if (now.groups < from + messages.size())
        return fail(Code::unavailable,
                    fmt::format("the follower took the groups up to {}, and has {}",
                                from + messages.size(), now.groups));
    std::lock_guard lock(mutex_);
    groups_ = from + messages.size();
    segments_.set_followed(groups_);
    return {};
}

void FollowerLink::run() {
    lane::name_this_thread("journal-follow");
    std::unique_lock lock(mutex_);
    for (;;) {
        committed_.wait(lock, [&] { return stopping_ || !known_ || segments_.groups() > groups_; });
        if (stopping_)
            return;
        lock.unlock();
        const bool sent = known_;
        auto done = sent ? send() : ask();
        lock.lock();
        known_ = done.has_value();
        // Who answers but has not taken anything yet may never take what is missing.
        take_in(done, sent ? in_step_groups : 0);
        acknowledged_.notify_all();
        if (!known_)
            committed_.wait_for(lock, options_.retry, [&] { return stopping_; });
    }
}

/// Under mutex_.
void FollowerLink::take_in(const Result<void>& done, std::uint64_t groups_behind_at_most) {
    const std::string error = done ? std::string() : done.error().text();
    const bool parted =
        !done && (done.error().code == Code::corrupt || done.error().code == Code::conflict);
    if (parted && !parted_)
        log::error("journal_and_follower_parted",
                   {{"follower", options_.node->name()}, {"error", error}});
    parted_ = parted || (parted_ && !done);
    const bool in_step = done && segments_.groups() - groups_ <= groups_behind_at_most;
    if (in_step != in_step_)
        log::write(in_step ? log::Level::info : log::Level::warn,
                   in_step ? "journal_follower_in_step" : "journal_follower_behind",
                   {{"follower", options_.node->name()},
                    {"groups_behind", segments_.groups() - groups_},
                    {"error", error}});
    in_step_ = in_step;
}

Result<Durability> FollowerLink::settle(const Group& group) {
    std::unique_lock lock(mutex_);
    committed_.notify_one();
    const Deadline deadline = Deadline::in(clock_, options_.patience);
    acknowledged_.wait_for(lock, deadline.remaining(clock_), [&] {
        return groups_ >= group.number || (!in_step_ && !options_.required);
    });
    if (groups_ >= group.number)
        return Durability::local_fsync_follower;
    in_step_ = false;
    if (!options_.required && !parted_)
        return Durability::local_fsync;
    Error error = fail(Code::outcome_unknown,
                       "the follower did not acknowledge in time; retry with the same key");
    error.retry_after = std::chrono::milliseconds(1s);
    return error;
}

std::optional<Error> FollowerLink::refusal() const {
    std::lock_guard lock(mutex_);
    if (!parted_ && (in_step_ || !options_.required))
        return std::nullopt;
    Error error = fail(Code::unavailable, parted_ ? "the journal and its follower have parted"
                                                  : "the journal's follower is away or behind");
    error.retry_after = std::chrono::milliseconds(1s);
    return error;
}

FollowerStatus FollowerLink::status() const {
    std::lock_guard lock(mutex_);
    return {options_.node->name(), groups_, in_step_, options_.required, parted_};
}

} // namespace bw::journal
