#include "packs/preparer.hpp"

#include <algorithm>

#include "packs/packs_sql.hpp"
#include "roster/users.hpp"
#include "telemetry/log.hpp"

namespace bw::packs {

namespace {

constexpr int statements_of_page = 10; // with those of its transaction
constexpr Duration idle = 1s;

struct Expected {
    UserId user;
    tenancy::Roles roles; // as a token of theirs will have them
};

/// Who may come at a bell: all students. A timetable that knows who has a lesson then narrows this.
Result<std::vector<Expected>> students_after(tenancy::TenantTx& tx, UserId after, int limit) {
    pg::Params params;
    params.id(after).int8(limit);
    const pg::Rows rows = TRY(tx.run(sql::students_after, params));
    std::vector<Expected> students;
    for (int row = 0; row < rows.count(); ++row)
        students.push_back({rows.id<UserId>(row, 0),
                            roster::roles_from_names(rows.optional_text(row, 1).value_or(""))});
    return students;
}

} // namespace

Preparer::Preparer(std::unique_ptr<tenancy::Database> database, BellPacks& packs, ReadPage read,
                   const tenancy::TenantDirectory& directory, std::function<bool()> busy,
                   const Clock& clock, PreparerOptions options)
    : database_(std::move(database)), packs_(packs), read_(std::move(read)), directory_(directory),
      busy_(std::move(busy)), clock_(clock), options_(options) {}

void Preparer::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Preparer::stop() {
    if (!thread_.joinable())
        return;
    thread_.request_stop();
    thread_.join();
}

void Preparer::run(const std::stop_token& stop) {
    lane::name_this_thread("bell packs");
    while (!stop.stop_requested()) {
        const Duration rest = step();
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, rest, [] { return false; });
    }
}

/// Of those whose bell comes within the lead and who are not done for now: they take turns, so that
/// one whose pages are slow keeps nobody else from being prepared. What has no bell ahead any more
/// is forgotten.
std::shared_ptr<const tenancy::TenantInfo> Preparer::next_institution() {
    const Instant now = clock_.now();
    std::unordered_map<TenantId, Progress> ahead;
    const Progress* next = nullptr;
    const auto before = [](const Progress& one, const Progress& other) {
        return std::pair(one.last_turn, one.bell) < std::pair(other.last_turn, other.bell);
    };
    TenantId whose{};
    for (const tenancy::TenantInfo& info : directory_.all()) {
        const auto bell = std::ranges::find_if(
            info.bells, [&](const tenancy::Bell& one) { return one.at > now; });
        if (bell == info.bells.end() || bell->at - now > options_.lead ||
            info.state != tenancy::TenantState::active)
            continue;
        const TenantId tenant = info.scope.tenant();
        const auto known = progress_.find(tenant);
        Progress& progress = ahead[tenant];
        progress = known != progress_.end() && known->second.bell == bell->at
                       ? known->second
                       : Progress{.bell = bell->at};
        if (clock_.monotonic() >= progress.next_at && (!next || before(progress, *next))) {
            next = &progress; // nodes stay where they are
            whose = tenant;
        }
    }
    progress_ = std::move(ahead);
    return next ? directory_.by_id(whose) : nullptr;
}

/// How many statements it took.
Result<int> Preparer::prepare(const tenancy::TenantInfo& at, Progress& progress) {
    auto deadline = [&] { return Deadline::in(database_->clock(), options_.page_deadline); };
    const auto students = TRY(database_->run(at.scope, deadline(), [&](tenancy::TenantTx& tx) {
        return students_after(tx, progress.after, options_.batch);
    }));
    int statements = 4;
    bool full = false;
    const Monotonic enough = clock_.monotonic() + options_.batch_time;
    for (const Expected& student : students) {
        if (clock_.monotonic() >= enough)
            return statements; // the rest with its next turn
        const Reader reader{at.scope.tenant(), student.user, student.roles};
        progress.after = student.user;
        if (student.roles.none() || packs_.holds(reader))
            continue;
        statements += statements_of_page;
        const BellPacks::Ticket ticket = packs_.begin();
        auto page = read_(*database_, at.scope, student.user, student.roles, deadline());
        if (!page && page.error().code == Code::not_found)
            continue; // just gone
        if (packs_.keep(reader, TRY(std::move(page)), ticket) == BellPacks::Kept::no_room) {
            full = true;
            break; // nor is there for the others
        }
        std::lock_guard lock(mutex_);
        ++status_.prepared;
    }
    if (full || std::ssize(students) < options_.batch) {
        progress.after = {};
        progress.next_at = clock_.monotonic() + options_.again_after;
    }
    return statements;
}

Duration Preparer::rest(int statements) const {
    return Duration(1s) * statements / options_.statements_per_second;
}

Duration Preparer::step_back(Progress& progress) {
    progress.pause = std::clamp(progress.pause * 2, options_.pause_min, options_.pause_max);
    progress.next_at = std::max(progress.next_at, clock_.monotonic() + progress.pause);
    std::lock_guard lock(mutex_);
    ++status_.paused;
    return options_.pause_min;
}

Duration Preparer::step() {
    const auto at = options_.statements_per_second > 0 ? next_institution() : nullptr;
    if (!at)
        return idle;
    if (busy_()) {
        std::lock_guard lock(mutex_);
        ++status_.paused;
        return options_.pause_min;
    }
    const Monotonic began = clock_.monotonic();
    Progress& progress = progress_[at->scope.tenant()];
    progress.last_turn = ++turns_;
    const auto statements = prepare(*at, progress);
    const Duration took = clock_.monotonic() - began;
    {
        std::lock_guard lock(mutex_);
        if (!statements && !status_.failing)
            log::warn("pages_not_prepared", {{"error", statements.error().text()}});
        status_.failing = !statements;
    }
    if (!statements || took > options_.slow * std::max(1, *statements / statements_of_page))
        return step_back(progress);
    progress.pause = {};
    return std::max(Duration{}, rest(*statements) - took);
}

PreparerStatus Preparer::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

} // namespace bw::packs
