#include "tenancy/revocations.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

#include "base/crypto.hpp"
#include "telemetry/log.hpp"

namespace bw::tenancy {

namespace {

constexpr std::string_view head = "bellwether-revocations 1 ", folded_word = "folded";

Error damaged(const char* what) {
    return fail(Code::corrupt, std::string("the revocations' file ") + what);
}

/// The text up to the next blank or line end; what is left begins behind it.
std::string_view word(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view out = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return out;
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t out = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return out;
}

struct Line {
    Revocation revocation;
    bool folded = false;
};

/// "TENANT SUBJECT EPOCH AT": the subject's prefix says what it is; the tenant's own id or
/// "folded", everybody.
std::optional<Line> read_line(std::string_view line) {
    Line out;
    auto tenant = TenantId::parse(word(line));
    const std::string_view subject = word(line);
    auto epoch = number(word(line)), at = number(word(line));
    out.revocation.user = UserId::parse(subject);
    out.revocation.session = AuthSessionId::parse(subject);
    out.folded = subject == folded_word;
    if (!tenant || !epoch || !at || *epoch <= 0 || !line.empty() ||
        (!out.revocation.user && !out.revocation.session && !out.folded &&
         subject != tenant->text()))
        return std::nullopt;
    out.revocation.tenant = *tenant;
    out.revocation.epoch = *epoch;
    out.revocation.at = {*at};
    return out;
}

std::string line_of(const Revocation& r, std::string_view subject) {
    return r.tenant.text() + ' ' + std::string(subject) + ' ' + std::to_string(r.epoch) + ' ' +
           std::to_string(r.at.ms) + '\n';
}

} // namespace

Revocations::Subject Revocations::subject_of(const Revocation& revocation) {
    if (revocation.user)
        return {revocation.tenant, revocation.user->uuid};
    if (revocation.session)
        return {revocation.tenant, revocation.session->uuid};
    return {revocation.tenant, revocation.tenant.uuid};
}

std::int64_t Revocations::newest(const Subject& subject) const {
    auto found = newest_.find(subject);
    return found == newest_.end() ? 0 : found->second.epoch;
}

/// Of what ends everybody at the institution.
std::int64_t Revocations::newest_of_all(TenantId tenant) const {
    auto folded = folded_.find(tenant);
    return std::max(newest({tenant, tenant.uuid}),
                    folded == folded_.end() ? 0 : folded->second.epoch);
}

bool Revocations::revoked(TenantId tenant, UserId user, AuthSessionId session,
                          std::int64_t epoch) const {
    std::shared_lock lock(mutex_);
    return newest({tenant, user.uuid}) > epoch || newest({tenant, session.uuid}) > epoch ||
           newest_of_all(tenant) > epoch;
}

std::int64_t Revocations::epoch_of(TenantId tenant, UserId user) const {
    std::shared_lock lock(mutex_);
    return std::max(newest({tenant, user.uuid}), newest_of_all(tenant));
}

void Revocations::add(std::span<const Revocation> ended) {
    if (ended.empty())
        return;
    std::unique_lock lock(mutex_);
    for (const Revocation& revocation : ended) {
        auto [at, fresh] = newest_.try_emplace(subject_of(revocation), revocation);
        if (!fresh && at->second.epoch < revocation.epoch)
            at->second = revocation;
        if (newest_.size() > items_limit_)
            fold();
    }
    version_.fetch_add(1, std::memory_order_release);
}

/// The institution with the most gives up its own, for one that ends everything there.
void Revocations::fold() {
    std::unordered_map<TenantId, std::size_t> counts;
    for (const auto& [subject, revocation] : newest_)
        ++counts[subject.tenant];
    const TenantId most =
        std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; })->first;
    Revocation& all = folded_.try_emplace(most, Revocation{.tenant = most}).first->second;
    std::erase_if(newest_, [&](const auto& item) {
        const Revocation& one = item.second;
        if (one.tenant != most || (!one.user && !one.session))
            return false;
        all.epoch = std::max(all.epoch, one.epoch);
        all.at = std::max(all.at, one.at);
        return true;
    });
    log::error("revocations_folded",
               {{"tenant", most.text()}, {"count", counts[most]}, {"limit", items_limit_}});
}

void Revocations::forget_before(Instant sessions, Instant others) {
    std::unique_lock lock(mutex_);
    std::erase_if(newest_, [&](const auto& item) {
        return item.second.at < (item.second.session ? sessions : others);
    });
    std::erase_if(folded_, [&](const auto& item) { return item.second.at < others; });
}

void Revocations::unfold() {
    std::unique_lock lock(mutex_);
    folded_.clear();
}

std::vector<Revocation> Revocations::all() const {
    std::shared_lock lock(mutex_);
    std::vector<Revocation> out;
    for (const auto& [subject, revocation] : newest_)
        out.push_back(revocation);
    return out;
}

std::size_t Revocations::size() const {
    std::shared_lock lock(mutex_);
    return newest_.size();
}

Duration Revocations::silent_for(Monotonic now) const {
    const std::int64_t at = heard_.load();
    return at == never ? Duration::max() : now - Monotonic{at};
}

std::string Revocations::to_file() const {
    std::string body;
    {
        std::shared_lock lock(mutex_);
        for (const auto& [subject, r] : newest_)
            body += line_of(r, r.user      ? r.user->text()
                               : r.session ? r.session->text()
                                           : r.tenant.text());
        for (const auto& [tenant, r] : folded_)
            body += line_of(r, folded_word);
    }
    return std::string(head) + to_hex(view(sha256(body))) + "\n" + body;
}

Result<void> Revocations::from_file(std::string_view text) {
    const std::size_t line_end = head.size() + 64;
    if (!text.starts_with(head) || text.size() <= line_end || text[line_end] != '\n')
        return damaged("does not begin as one");
    std::string_view body = text.substr(line_end + 1);
    if (to_hex(view(sha256(body))) != text.substr(head.size(), 64))
        return damaged("was cut short or changed");
    std::vector<Revocation> read, folded;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        auto line = read_line(body.substr(0, end));
        if (!line)
            return damaged("has a line that is none");
        (line->folded ? folded : read).push_back(line->revocation);
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    {
        std::unique_lock lock(mutex_);
        for (const Revocation& one : folded)
            folded_.insert_or_assign(one.tenant, one);
    }
    add(read);
    return {};
}

} // namespace bw::tenancy
