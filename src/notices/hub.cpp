#include "notices/hub.hpp"

#include <algorithm>

#include "lane/lane.hpp"
#include "telemetry/log.hpp"

namespace bw::notices {

namespace {

constexpr Duration check_interval = 1s;

std::string_view why(Code code) {
    return code == Code::token_expired     ? R"({"why":"token_expired"})"
           : code == Code::unauthenticated ? R"({"why":"session_ended"})"
                                           : R"({"why":"refused"})";
}

} // namespace

struct Hub::Question {
    TenantId tenant;
    tenancy::TenantScope scope;
    std::optional<Position> after; // news from here; nullopt: nobody is live
    std::vector<Key> newcomers;
    std::vector<Standing> stand;
};
struct Hub::Answer {
    std::optional<News> news;
    std::optional<Missed> missed;
};

Hub::Hub(tenancy::DatabaseLane& lane, const tenancy::TokenVerifier& verifier,
         const tenancy::TenantDirectory& directory, const Clock& clock, Rng& rng,
         HubOptions options)
    : lane_(lane), verifier_(verifier), directory_(directory), clock_(clock), rng_(rng),
      options_(options) {}

Hub::~Hub() {
    stop();
}

void Hub::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Hub::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    thread_ = {};
}

void Hub::run(const std::stop_token& stop) {
    lane::name_this_thread("notices");
    while (!stop.stop_requested()) {
        tick();
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, options_.tick, [] { return false; });
    }
}

// ---- who listens ----

Result<Hub::Key> Hub::reserve(const tenancy::Principal& principal) {
    std::lock_guard lock(mutex_);
    if (stopping_ || members_.size() >= options_.listeners_limit) {
        Error full = fail(Code::overloaded,
                          "this server has as many event streams as it can; come again later");
        full.retry_after = 10s;
        return full;
    }
    Institution& of = institutions_[principal.scope.tenant()];
    std::vector<Key>& own = of.persons[principal.user];
    if (own.size() >= options_.person_limit) {
        Error many = fail(Code::quota_exceeded,
                          "you have as many event streams as one person may have; close one");
        many.retry_after = 30s;
        return many;
    }
    const Key key = ++last_key_;
    own.push_back(key);
    members_.emplace(key, Member{.principal = principal});
    status_.listeners = members_.size();
    return key;
}

void Hub::attach(Key key, std::optional<Position> after, std::unique_ptr<Listener> listener) {
    std::vector<Question> questions;
    {
        std::lock_guard lock(mutex_);
        const auto found = members_.find(key);
        if (found == members_.end())
            return; // it went away meanwhile; `listener` goes without the lock
        Member& member = found->second;
        member.listener = std::move(listener);
        member.after = after.value_or(the_end);
        Institution& of = institutions_[member.principal.scope.tenant()];
        of.newcomers.push_back(key);
        if (auto question = next_question(member.principal.scope.tenant(), of))
            questions.push_back(*std::move(question));
    }
    ask(std::move(questions));
}

void Hub::leave(Key key) {
    std::unique_ptr<Listener> gone; // dies without the lock
    std::lock_guard lock(mutex_);
    gone = remove(key);
}

std::unique_ptr<Listener> Hub::remove(Key key) {
    const auto found = members_.find(key);
    if (found == members_.end())
        return nullptr;
    const tenancy::Principal& principal = found->second.principal;
    const auto institution = institutions_.find(principal.scope.tenant());
    Institution& of = institution->second;
    const auto person = of.persons.find(principal.user);
    std::erase(person->second, key);
    if (person->second.empty())
        of.persons.erase(person);
    std::erase(of.newcomers, key);
    if (of.persons.empty()) {
        of.read.reset(); // who comes next begins anew
        of.news = false;
        if (!of.asking)
            institutions_.erase(institution);
    }
    auto listener = std::move(found->second.listener);
    members_.erase(found);
    status_.listeners = members_.size();
    return listener;
}

HubStatus Hub::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

// ---- questions ----

void Hub::news(std::optional<TenantId> tenant) {
    std::vector<Question> questions;
    {
        std::lock_guard lock(mutex_);
        for (auto& [id, of] : institutions_) {
            if (tenant && id != *tenant)
                continue;
            of.news = true;
            if (auto question = next_question(id, of))
                questions.push_back(*std::move(question));
        }
    }
    ask(std::move(questions));
}

/// One at a time for each institution, so news are told in their order.
std::optional<Hub::Question> Hub::next_question(TenantId tenant, Institution& of) {
    const bool wanted = !of.newcomers.empty() || (of.news && of.read);
    if (stopping_ || of.asking || !wanted || clock_.monotonic() < of.not_before)
        return std::nullopt;
    const auto info = directory_.by_id(tenant);
    if (!info)
        return std::nullopt; // the next tick ends them
    Question question{tenant, info->scope, of.read, {}, {}};
    const std::size_t take = std::min(of.newcomers.size(), options_.newcomers_at_once);
    question.newcomers.assign(of.newcomers.begin(),
                              of.newcomers.begin() + static_cast<std::ptrdiff_t>(take));
    of.newcomers.erase(of.newcomers.begin(),
                       of.newcomers.begin() + static_cast<std::ptrdiff_t>(take));
    for (Key key : question.newcomers) {
        const Member& member = members_.at(key);
        question.stand.push_back({member.principal.user, member.after});
    }
    of.asking = true;
    of.news = false;
    ++status_.questions;
    return question;
}

/// News first: whoever catches up after them stands no further back than those who are live.
void Hub::ask(std::vector<Question> questions) {
    for (Question& asked : questions) {
        const TenantId tenant = asked.tenant;
        lane_.submit(tenant, Deadline::in(clock_, options_.read_limit),
                     [this, question = std::move(asked)](Result<tenancy::Database*> turn) {
                         take(question, [&]() -> Result<Answer> {
                             tenancy::Database& database = *TRY(std::move(turn));
                             const Deadline limit = Deadline::in(clock_, options_.read_limit);
                             Answer answer;
                             if (question.after)
                                 answer.news =
                                     TRY(news_after(database, question.scope, *question.after,
                                                    options_.news_at_once, limit));
                             if (!question.stand.empty())
                                 answer.missed =
                                     TRY(catch_up(database, question.scope, question.stand,
                                                  options_.missed_at_once, limit));
                             return answer;
                         }());
                     });
    }
}

void Hub::take(const Question& question, Result<Answer> answer) {
    std::vector<Question> questions;
    {
        std::lock_guard lock(mutex_);
        Institution& of = institutions_[question.tenant];
        of.asking = false;
        if (answer) {
            if (answer->news && of.read)
                tell_news(of, *answer->news);
            if (answer->missed)
                tell_missed(of, question, *answer->missed);
        } else {
            ++status_.failed;
            of.news = true;
            for (Key key : question.newcomers)
                if (members_.contains(key))
                    of.newcomers.push_back(key);
            of.not_before =
                clock_.monotonic() + options_.again_after / 2 +
                Duration(static_cast<std::int64_t>(
                    rng_.u64() % static_cast<std::uint64_t>(options_.again_after.count())));
            log::warn("notices_not_read",
                      {{"tenant", question.tenant.text()}, {"error", answer.error().text()}});
        }
        if (of.persons.empty())
            institutions_.erase(question.tenant);
        else if (auto next = next_question(question.tenant, of))
            questions.push_back(*std::move(next));
    }
    ask(std::move(questions));
}

// ---- telling ----

void Hub::tell(Member& member, const Notice& notice, const Listener::Told& told) {
    if (notice.position() <= member.after)
        return;
    member.after = notice.position();
    member.listener->tell(told);
    ++status_.told;
}

void Hub::tell_news(Institution& of, const News& news) {
    fell_back(of, news.last_number);
    for (const News::Item& item : news.items) {
        const std::string json = to_json(item.notice, false), at = item.notice.position().text();
        const Listener::Told told{wire_name(item.notice.kind), json, at};
        for (UserId user : item.persons)
            if (const auto person = of.persons.find(user); person != of.persons.end())
                for (Key key : person->second)
                    if (Member& member = members_.at(key); member.live)
                        tell(member, item.notice, told);
        of.read = item.notice.position();
    }
    if (news.items.size() == static_cast<std::size_t>(options_.news_at_once))
        of.news = true; // there is more
}

void Hub::tell_missed(Institution& of, const Question& question, const Missed& missed) {
    const Position now = Position::behind(missed.last_number);
    for (std::size_t i = 0; i < question.newcomers.size(); ++i) {
        const auto found = members_.find(question.newcomers[i]);
        if (found == members_.end())
            continue;
        Member& member = found->second;
        for (const Notice& notice : missed.of[i])
            tell(member, notice,
                 {wire_name(notice.kind), to_json(notice, false), notice.position().text()});
        if (missed.of[i].size() == static_cast<std::size_t>(options_.missed_at_once)) {
            of.newcomers.push_back(question.newcomers[i]); // there is more
            continue;
        }
        member.after = now;
        member.live = true;
        member.listener->tell({"ready", "{}", now.text()});
    }
    // Nothing that was told to those who are live is behind what newcomers have read.
    if (!of.read)
        of.read = now;
}

/// A primary that was replaced may have lost the newest numbers, and gives them again.
void Hub::fell_back(Institution& of, std::int64_t last_number) {
    const Position now = Position::behind(last_number);
    if (!of.read || of.read->number <= last_number)
        return;
    of.read = now;
    for (const auto& [user, keys] : of.persons)
        for (Key key : keys)
            members_.at(key).after = std::min(members_.at(key).after, now);
}

// ---- once in a while ----

void Hub::tick() {
    std::vector<Question> questions;
    std::vector<std::unique_ptr<Listener>> gone; // die without the lock
    {
        std::lock_guard lock(mutex_);
        const Monotonic now = clock_.monotonic();
        end_those_over(gone);
        const bool look = now >= look_at_;
        if (look)
            look_at_ = now + options_.look_interval;
        for (auto& [tenant, of] : institutions_) {
            of.news |= look;
            if (auto question = next_question(tenant, of))
                questions.push_back(*std::move(question));
        }
    }
    ask(std::move(questions));
}

void Hub::end_those_over(std::vector<std::unique_ptr<Listener>>& gone) {
    const std::uint64_t version = verifier_.version(); // before any look at what they are
    const Monotonic now = clock_.monotonic();
    if (version == checked_version_ && now < check_at_)
        return;
    checked_version_ = version;
    check_at_ = now + check_interval;
    std::vector<Key> over;
    for (auto& [key, member] : members_) {
        auto good = verifier_.still_good(member.principal);
        if (good || !member.listener || fault(good.error().code) != Fault::permanent)
            continue; // what may pass ends nobody
        member.listener->tell({"end", why(good.error().code), {}});
        over.push_back(key);
    }
    for (Key key : over)
        gone.push_back(remove(key));
}

} // namespace bw::notices
