#include "journal/follower.hpp"
#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::journal {

namespace {

constexpr std::size_t messages_at_once = 64;
constexpr std::size_t message_bytes_at_once = 4 * 1024 * 1024;
/// So near the end the writer waits for the rest, and who is behind catches up for sure.
constexpr std::uint64_t in_step_groups = 16;

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
    const std::uint64_t has =
        TRY(options_.node->groups(journal_, Deadline::in(clock_, options_.patience)));
    if (has > segments_.groups())
        return fail(Code::corrupt,
                    "the follower has " + std::to_string(has) +
                        " groups of this journal, which "
                        "ends at " +
                        std::to_string(segments_.groups()) +
                        ": it has lost its end. Import the follower's copy, or keep this directory "
                        "aside and start with a new one");
    std::lock_guard lock(mutex_);
    groups_ = has;
    segments_.set_followed(has);
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
        TRY(reader_.messages(from, messages_at_once, message_bytes_at_once));
    if (messages.empty())
        return {};
    CHECK_OK(options_.node->append(journal_, messages, segments_.first_seq() - 1,
                                   Deadline::in(clock_, options_.patience)));
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
        auto done = known_ ? send() : ask();
        lock.lock();
        known_ = done.has_value();
        const bool in_step = known_ && segments_.groups() - groups_ <= in_step_groups;
        if (in_step != in_step_)
            log::write(in_step ? log::Level::info : log::Level::warn,
                       in_step ? "journal_follower_in_step" : "journal_follower_behind",
                       {{"follower", options_.node->name()},
                        {"groups_behind", segments_.groups() - groups_},
                        {"error", done ? std::string() : done.error().text()}});
        in_step_ = in_step;
        acknowledged_.notify_all();
        if (!known_)
            committed_.wait_for(lock, options_.retry, [&] { return stopping_; });
    }
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
    if (!options_.required)
        return Durability::local_fsync;
    Error error = fail(Code::outcome_unknown,
                       "the follower did not acknowledge in time; retry with the same key");
    error.retry_after = std::chrono::milliseconds(1s);
    return error;
}

std::optional<Error> FollowerLink::refusal() const {
    std::lock_guard lock(mutex_);
    if (in_step_ || !options_.required)
        return std::nullopt;
    Error error = fail(Code::unavailable, "the journal's follower is away or behind");
    error.retry_after = std::chrono::milliseconds(1s);
    return error;
}

FollowerStatus FollowerLink::status() const {
    std::lock_guard lock(mutex_);
    return {options_.node->name(), groups_, in_step_, options_.required};
}

} // namespace bw::journal
