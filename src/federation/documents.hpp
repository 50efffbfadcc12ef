// Providers' documents: what stands at /.well-known/openid-configuration, and the keys. Kept while
// they are good, and for a day while the provider is away, so that its outage is not ours.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "federation/fetcher.hpp"
#include "federation/jose.hpp"

namespace bw::federation {

/// OpenID Connect Discovery 1.0, as far as it matters here.
struct Discovery {
    std::string issuer, authorization_endpoint, token_endpoint, jwks_uri;
    std::string userinfo_endpoint; // empty: none
    bool iss_in_answers = false;   // RFC 9207: every callback says whose it is

    /// unavailable unless it is this issuer's (exactly) and its addresses may be fetched.
    static Result<Discovery> parse(std::string_view json, const std::string& issuer, Reach reach);
};

/// Documents of one kind by their URL. Thread-safe. `fetcher` and `clock` outlive it.
template <class Document>
class DocumentCache {
public:
    struct Rules {
        Duration fresh_for = 1h; // unless the answer says otherwise, from `fresh_min` to a day
        Duration fresh_min = 5min;
        Duration kept_for = 24h;    // while it cannot be fetched anew
        Duration again_after = 30s; // a failure, or another look for what may be newer
        std::size_t documents_limit = 1'024, waiters_limit = 256;
    };
    using Parse = std::function<Result<Document>(const std::string& url, std::string_view body)>;
    DocumentCache(Fetcher& fetcher, const Clock& clock, Rules rules, Parse parse)
        : fetcher_(fetcher), clock_(clock), rules_(rules), parse_(std::move(parse)) {}

    /// Shared by those who still use it when a newer one is there.
    using Shared = std::shared_ptr<const Document>;
    using Done = std::move_only_function<void(Result<Shared>)>;
    /// Calls `done` once, here or on the fetcher's thread. One fetch for all who wait; none before
    /// `again_after` is over. A document that is no longer fresh is given all the same while it is
    /// fetched anew.
    void get(const FetchFor& whom, const std::string& url, Deadline deadline, Done done) {
        ask(whom, url, deadline, std::move(done), false);
    }
    /// The same, but a newer one if there may be one: what is here did not do.
    void get_newer(const FetchFor& whom, const std::string& url, Deadline deadline, Done done) {
        ask(whom, url, deadline, std::move(done), true);
    }
    std::size_t size() const {
        std::lock_guard lock(mutex_);
        return entries_.size();
    }

private:
    struct Entry {
        Shared document;
        Monotonic fetched{}, fresh_until{}, not_before{};
        Error failure;
        bool fetching = false;
        std::vector<Done> waiters;
    };
    void ask(const FetchFor& whom, const std::string& url, Deadline deadline, Done done,
             bool newer);
    void take(const std::string& url, Result<FetchAnswer> answer);
    void make_room();

    Fetcher& fetcher_;
    const Clock& clock_;
    const Rules rules_;
    const Parse parse_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_; // by mutex_
};

/// Both kinds.
class Documents {
public:
    Documents(Fetcher& fetcher, const Clock& clock);

    DocumentCache<Discovery>& discoveries() { return discoveries_; }
    DocumentCache<KeySet>& keys() { return keys_; }
    static std::string discovery_url(const std::string& issuer);

private:
    DocumentCache<Discovery> discoveries_;
    DocumentCache<KeySet> keys_;
};

// ---- the template's body ----

template <class Document>
void DocumentCache<Document>::ask(const FetchFor& whom, const std::string& url, Deadline deadline,
                                  Done done, bool newer) {
    const Monotonic now = clock_.monotonic();
    Result<Shared> answer = fail(Code::unavailable, "");
    bool answered = true, fetch = false;
    {
        std::lock_guard lock(mutex_);
        if (!entries_.contains(url))
            make_room();
        Entry& entry = entries_[url];
        const bool there = entry.document && now < entry.fetched + rules_.kept_for;
        const bool stale = !there || newer || now >= entry.fresh_until;
        fetch = stale && !entry.fetching && now >= entry.not_before;
        if (there && !(newer && (fetch || entry.fetching))) {
            answer = entry.document;
        } else if (!fetch && !entry.fetching) {
            answer = entry.failure;
        } else if (entry.waiters.size() >= rules_.waiters_limit) {
            answer = fail(Code::overloaded, "too many wait for this provider");
            fetch = false;
        } else {
            entry.waiters.push_back(std::move(done));
            answered = false;
        }
        if (fetch) {
            entry.fetching = true;
            if (newer)
                entry.not_before = now + rules_.again_after;
        }
    }
    if (answered)
        done(std::move(answer));
    if (fetch)
        fetcher_.fetch(whom, {.url = url}, deadline,
                       [this, url](Result<FetchAnswer> fetched) { take(url, std::move(fetched)); });
}

template <class Document>
void DocumentCache<Document>::take(const std::string& url, Result<FetchAnswer> answer) {
    std::optional<Duration> max_age;
    auto read = [&]() -> Result<Shared> {
        const FetchAnswer got = TRY(std::move(answer));
        if (got.status != 200)
            return fail(Code::unavailable,
                        "the provider answered " + std::to_string(got.status) + " at " + url);
        max_age = got.max_age;
        return Shared(std::make_shared<const Document>(TRY(parse_(url, got.body))));
    };
    Result<Shared> outcome = read();
    std::vector<Done> waiters;
    {
        const Monotonic now = clock_.monotonic();
        std::lock_guard lock(mutex_);
        Entry& entry = entries_[url];
        entry.fetching = false;
        waiters.swap(entry.waiters);
        if (outcome) {
            entry.document = *outcome;
            entry.fetched = now;
            entry.fresh_until = now + std::clamp(max_age.value_or(rules_.fresh_for),
                                                 rules_.fresh_min, rules_.kept_for);
        } else {
            entry.failure = outcome.error();
            if (outcome.error().code != Code::overloaded) // for want of a place: again at once
                entry.not_before = now + rules_.again_after;
            if (entry.document && now < entry.fetched + rules_.kept_for)
                outcome = entry.document; // the last that was good
        }
    }
    for (Done& done : waiters)
        done(outcome);
}

template <class Document>
void DocumentCache<Document>::make_room() {
    if (entries_.size() < rules_.documents_limit)
        return;
    auto oldest = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at)
        if (!at->second.fetching &&
            (oldest == entries_.end() || at->second.fetched < oldest->second.fetched))
            oldest = at;
    if (oldest != entries_.end())
        entries_.erase(oldest);
}

} // namespace bw::federation
