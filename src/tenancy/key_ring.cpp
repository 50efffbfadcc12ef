#include "tenancy/key_ring.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/ensure.hpp"

namespace bw::tenancy {

namespace {

constexpr std::string_view head = "bellwether-signing-keys 1 ";
constexpr Instant for_ever{253'402'300'799'000}; // the year 9999

std::string box_context(TokenAlgorithm algorithm, std::string_view kid) {
    return "bellwether token key " + std::string(wire_name(algorithm)) + " " + std::string(kid);
}

Error damaged(const char* what) {
    return fail(Code::corrupt, std::string("the signing keys' file ") + what);
}

std::string_view word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view out = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return out;
}

std::optional<Instant> instant(std::string_view text) {
    Instant out;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.ms);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return out;
}

/// "KID ALGORITHM ANNOUNCED SIGNS REVOKED SEALED", moments in milliseconds; "-" for what is not.
std::optional<KeyRecord> read_line(std::string_view line) {
    KeyRecord out;
    out.kid = word(line);
    const auto algorithm = token_algorithm_from(word(line));
    const auto announced = instant(word(line)), signs = instant(word(line));
    const std::string_view revoked = word(line), sealed = word(line);
    out.revoked_at = revoked == "-" ? std::nullopt : instant(revoked);
    auto box = from_base64url(sealed == "-" ? "" : sealed);
    if (out.kid.size() != kid_bytes || !algorithm || !announced || !signs || !box ||
        !line.empty() || out.revoked_at.has_value() == (revoked == "-") ||
        out.revoked_at.has_value() != box->empty())
        return std::nullopt;
    out.algorithm = *algorithm;
    out.announced_at = *announced;
    out.signs_from = *signs;
    out.sealed = *std::move(box);
    return out;
}

} // namespace

std::string_view wire_name(KeyState state) {
    switch (state) {
    case KeyState::announced:
        return "announced";
    case KeyState::signing:
        return "signing";
    case KeyState::retired:
        return "retired";
    case KeyState::revoked:
        return "revoked";
    case KeyState::gone:
        return "gone";
    }
    ensure_failed("wire_name", "a key state without a wire name");
}

std::vector<KeyState> key_states(std::span<const KeyRecord> records, Instant now) {
    std::vector<KeyState> out(records.size(), KeyState::revoked);
    std::optional<std::size_t> signing; // the last whose time has come, else the first
    for (std::size_t i = 0; i < records.size(); ++i)
        if (!records[i].revoked_at && (!signing || records[i].signs_from <= now))
            signing = i;
    std::optional<Instant> successor_signs;
    for (std::size_t i = records.size(); i-- > 0;) {
        if (records[i].revoked_at)
            continue;
        out[i] = i == *signing                          ? KeyState::signing
                 : i > *signing                         ? KeyState::announced
                 : now <= *successor_signs + retirement ? KeyState::retired
                                                        : KeyState::gone;
        successor_signs = records[i].signs_from;
    }
    return out;
}

Bytes seal_token_key(const TokenKey& key, const SecretKey& master, Rng& rng) {
    auto seed = key.seed();
    Bytes sealed = seal(master, view(seed), box_context(key.algorithm(), key.kid()), rng);
    sodium_memzero(seed.data(), seed.size());
    return sealed;
}

std::optional<TokenKey> unseal_token_key(const KeyRecord& record, const SecretKey& master) {
    auto opened = unseal(master, record.sealed, box_context(record.algorithm, record.kid));
    if (!opened)
        return std::nullopt;
    std::optional<TokenKey> key;
    if (auto seed = to_array<32>(*opened)) {
        key = TokenKey::from_seed(record.algorithm, *seed);
        sodium_memzero(seed->data(), seed->size());
    }
    sodium_memzero(opened->data(), opened->size());
    return key && key->kid() == record.kid ? key : std::nullopt;
}

KeyRing::KeyRing(std::initializer_list<TokenKey> keys) : complete_(true) {
    Keys all;
    for (const TokenKey& key : keys) { // the first signs, the others are announced, for ever
        all.records.push_back({.kid = key.kid(),
                               .algorithm = key.algorithm(),
                               .sealed = {},
                               .announced_at = {},
                               .signs_from = for_ever + std::chrono::seconds(all.records.size())});
        all.opened.emplace_back(key);
    }
    keys_ = std::make_shared<const Keys>(std::move(all));
}

KeyRing::~KeyRing() {
    sodium_memzero(master_.data(), master_.size());
}

std::shared_ptr<const KeyRing::Keys> KeyRing::keys() const {
    std::lock_guard lock(mutex_);
    return keys_;
}

std::optional<TokenKey> KeyRing::signer(Instant now) const {
    const auto known = keys();
    const auto states = key_states(known->records, now);
    for (std::size_t i = 0; i < states.size(); ++i)
        if (states[i] == KeyState::signing)
            return known->opened[i];
    return std::nullopt;
}

Result<KeyRing::Holding> KeyRing::find(std::string_view kid, Instant now, Monotonic at) const {
    const auto known = keys();
    const auto states = key_states(known->records, now);
    std::optional<Instant> successor_signs;
    for (std::size_t i = states.size(); i-- > 0;) {
        const KeyRecord& record = known->records[i];
        if (record.kid != kid) {
            if (!record.revoked_at)
                successor_signs = record.signs_from;
            continue;
        }
        if (states[i] == KeyState::revoked)
            return fail(Code::unauthenticated,
                        "the key that signed this access token was withdrawn; refresh it");
        if (states[i] == KeyState::gone)
            break;
        return Holding{*known->opened[i],
                       successor_signs ? *successor_signs + retirement : for_ever};
    }
    return unknown(kid, at);
}

/// Never a wait and never a stampede: the feed's thread looks, as often as it may, and whoever asks
/// about the same kid after that look hears that there is none.
Error KeyRing::unknown(std::string_view kid, Monotonic at) const {
    const Error none =
        fail(Code::unauthenticated,
             "the access token was signed with a key (kid) that this server does not know");
    Stranger here;
    if (complete_ || kid.size() != here.kid.size())
        return none;
    std::ranges::copy(kid, here.kid.begin());
    std::lock_guard lock(mutex_);
    auto found = std::ranges::find(strangers_, here.kid, &Stranger::kid);
    if (found == strangers_.end() || found->met.ns == INT64_MIN ||
        at - found->met > stranger_memory) {
        if (found == strangers_.end())
            found = std::ranges::min_element(strangers_, {}, &Stranger::met);
        *found = Stranger{.kid = here.kid, .met = at};
    }
    if (looked_.load() > found->met.ns)
        return none;
    wanted_ = true;
    Error looking = fail(Code::unavailable, "the access token was signed with a key (kid) that "
                                            "this server is looking for; try again");
    looking.retry_after = look_interval;
    return looking;
}

bool KeyRing::wants_look(Monotonic now) {
    const std::int64_t looked = looked_.load();
    return wanted_ && (looked == INT64_MIN || now - Monotonic{looked} >= look_interval) &&
           wanted_.exchange(false);
}

std::string KeyRing::jwk_set(Instant now) const {
    const auto known = keys();
    const auto states = key_states(known->records, now);
    JsonWriter json;
    json.object().key("keys").array();
    for (std::size_t i = 0; i < states.size(); ++i)
        if (states[i] != KeyState::revoked && states[i] != KeyState::gone)
            known->opened[i]->write_jwk(json);
    json.end().end();
    return json.take();
}

std::vector<KeyRecord> KeyRing::records(Instant now) const {
    const auto known = keys();
    const auto states = key_states(known->records, now);
    std::vector<KeyRecord> out;
    for (std::size_t i = 0; i < states.size(); ++i)
        if (states[i] != KeyState::gone)
            out.push_back(known->records[i]);
    return out;
}

std::size_t KeyRing::merge(std::span<const KeyRecord> records, Instant now) {
    std::lock_guard lock(mutex_);
    Opened by_kid;
    for (std::size_t i = 0; i < keys_->records.size(); ++i)
        by_kid.emplace(keys_->records[i].kid, std::pair(keys_->records[i], keys_->opened[i]));
    std::size_t unreadable = 0;
    for (const KeyRecord& record : records) {
        auto known = by_kid.find(record.kid);
        if (known == by_kid.end()) {
            auto key = record.revoked_at ? std::nullopt : unseal_token_key(record, master_);
            if (key || record.revoked_at)
                by_kid.emplace(record.kid, std::pair(record, std::move(key)));
            else
                ++unreadable;
        } else if (record.revoked_at && !known->second.first.revoked_at) {
            known->second = {record, std::nullopt}; // its private half goes from memory
        } else {
            Instant& signs_from = known->second.first.signs_from;
            signs_from = std::min(signs_from, record.signs_from);
        }
    }
    Keys fresh = in_order(by_kid, now);
    if (fresh.records != keys_->records) {
        keys_ = std::make_shared<const Keys>(std::move(fresh));
        version_.fetch_add(1, std::memory_order_release);
    }
    return unreadable;
}

KeyRing::Keys KeyRing::in_order(const Opened& by_kid, Instant now) {
    Keys all;
    for (const auto& [kid, key] : by_kid)
        all.records.push_back(key.first);
    std::ranges::sort(all.records, {},
                      [](const KeyRecord& key) { return std::tuple(key.signs_from, key.kid); });
    const auto states = key_states(all.records, now);
    std::size_t place = 0;
    std::erase_if(all.records, [&](const KeyRecord&) { return states[place++] == KeyState::gone; });
    for (const KeyRecord& record : all.records)
        all.opened.push_back(by_kid.at(record.kid).second);
    return all;
}

std::string KeyRing::to_file(Instant now) const {
    std::string body;
    for (const KeyRecord& r : records(now))
        body += r.kid + ' ' + std::string(wire_name(r.algorithm)) + ' ' +
                std::to_string(r.announced_at.ms) + ' ' + std::to_string(r.signs_from.ms) + ' ' +
                (r.revoked_at ? std::to_string(r.revoked_at->ms) : "-") + ' ' +
                (r.sealed.empty() ? "-" : to_base64url(r.sealed)) + '\n';
    return std::string(head) + to_hex(view(sha256(body))) + "\n" + body;
}

Result<void> KeyRing::from_file(std::string_view text, Instant now) {
    const std::size_t line_end = head.size() + 64;
    if (!text.starts_with(head) || text.size() <= line_end || text[line_end] != '\n')
        return damaged("does not begin as one");
    std::string_view body = text.substr(line_end + 1);
    if (to_hex(view(sha256(body))) != text.substr(head.size(), 64))
        return damaged("was cut short or changed");
    std::vector<KeyRecord> read;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('\n'), body.size());
        auto line = read_line(body.substr(0, end));
        if (!line)
            return damaged("has a line that is none");
        read.push_back(*std::move(line));
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    for (const KeyRecord& record : read)
        if (!record.revoked_at && !unseal_token_key(record, master_))
            return damaged("was sealed under another master key");
    merge(read, now);
    return {};
}

} // namespace bw::tenancy
