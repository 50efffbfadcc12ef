#include "tenancy/revocations.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

#include "base/crypto.hpp"

namespace bw::tenancy {

namespace {

constexpr std::string_view head = "bellwether-revocations 1 ";

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

/// "TENANT SUBJECT EPOCH AT": the subject's prefix says what it is; the tenant's own id, everybody.
std::optional<Revocation> read_line(std::string_view line) {
    Revocation out;
    auto tenant = TenantId::parse(word(line));
    const std::string_view subject = word(line);
    auto epoch = number(word(line)), at = number(word(line));
    out.user = UserId::parse(subject);
    out.session = AuthSessionId::parse(subject);
    if (!tenant || !epoch || !at || *epoch <= 0 || !line.empty() ||
        (!out.user && !out.session && subject != tenant->text()))
        return std::nullopt;
    out.tenant = *tenant;
    out.epoch = *epoch;
    out.at = {*at};
    return out;
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

bool Revocations::revoked(TenantId tenant, UserId user, AuthSessionId session,
                          std::int64_t epoch) const {
    std::shared_lock lock(mutex_);
    return newest({tenant, user.uuid}) > epoch || newest({tenant, session.uuid}) > epoch ||
           newest({tenant, tenant.uuid}) > epoch;
}

std::int64_t Revocations::epoch_of(TenantId tenant, UserId user) const {
    std::shared_lock lock(mutex_);
    return std::max(newest({tenant, user.uuid}), newest({tenant, tenant.uuid}));
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

/// The institution with the most gives up its own for one that ends everything there.
void Revocations::fold() {
    std::unordered_map<TenantId, std::size_t> counts;
    for (const auto& [subject, revocation] : newest_)
        ++counts[subject.tenant];
    const TenantId most =
        std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; })->first;
    Revocation all{.tenant = most};
    std::erase_if(newest_, [&](const auto& item) {
        if (item.first.tenant != most)
            return false;
        all.epoch = std::max(all.epoch, item.second.epoch);
        all.at = std::max(all.at, item.second.at);
        return true;
    });
    newest_.emplace(subject_of(all), all);
}

void Revocations::forget_before(Instant at) {
    std::unique_lock lock(mutex_);
    std::erase_if(newest_, [&](const auto& item) { return item.second.at < at; });
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
    for (const Revocation& r : all())
        body += r.tenant.text() + ' ' +
                (r.user      ? r.user->text()
                 : r.session ? r.session->text()
                             : r.tenant.text()) +
                ' ' + std::to_string(r.epoch) + ' ' + std::to_string(r.at.ms) + '\n';
    return std::string(head) + to_hex(view(sha256(body))) + "\n" + body;
}

Result<void> Revocations::from_file(std::string_view text) {
    const std::size_t line_end = head.size() + 64;
    if (!text.starts_with(head) || text.size() <= line_end || text[line_end] != '\n')
        return damaged("does not begin as one");
    std::string_view body = text.substr(line_end + 1);
    if (to_hex(view(sha256(body))) != text.substr(head.size(), 64))
        return damaged("was cut short or changed");
    std::vector<Revocation> read;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        auto line = read_line(body.substr(0, end));
        if (!line)
            return damaged("has a line that is none");
        read.push_back(*line);
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    add(read);
    return {};
}

} // namespace bw::tenancy
