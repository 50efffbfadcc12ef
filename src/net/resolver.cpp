#include "net/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <resolv.h>

#include <memory>
#include <optional>

#include "lane/lane.hpp"

namespace bw::net {

namespace {
constexpr std::size_t waiting_max = 64, known_max = 256;
constexpr Duration known_for = 30s;
} // namespace

Resolver::Resolver(const Clock& clock, Lookup lookup)
    : clock_(clock), lookup_(std::move(lookup)), thread_([this] { run(); }) {}

Resolver::~Resolver() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
    for (Question& question : waiting_)
        question.done(fail(Code::unavailable, "The resolver is stopping."));
}

void Resolver::resolve(std::string name, Done done) {
    std::optional<Result<Addresses>> outcome;
    {
        std::lock_guard lock(mutex_);
        if (const Addresses* addresses = known(name)) {
            outcome = *addresses;
        } else if (waiting_.size() >= waiting_max) {
            outcome = fail(Code::overloaded, "Too many host names wait to be resolved.");
        } else {
            waiting_.push_back({std::move(name), std::move(done)});
            wake_.notify_one();
        }
    }
    if (outcome)
        done(*std::move(outcome));
}

const Resolver::Addresses* Resolver::known(const std::string& name) {
    auto found = known_.find(name);
    return found != known_.end() && clock_.monotonic() < found->second.until
               ? &found->second.addresses
               : nullptr;
}

void Resolver::run() {
    lane::name_this_thread("resolver");
    // Of this thread alone: one try of 2 s at each name server, so that our end is not held up.
    if (::res_init() == 0) {
        _res.retrans = 2;
        _res.retry = 1;
    }
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
        if (stopping_)
            return;
        Question question = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        answer(std::move(question));
        lock.lock();
    }
}

void Resolver::answer(Question question) {
    std::optional<Result<Addresses>> outcome;
    {
        std::lock_guard lock(mutex_); // several may have waited for one name
        if (const Addresses* addresses = known(question.name))
            outcome = *addresses;
    }
    if (!outcome) {
        outcome = lookup_(question.name);
        std::lock_guard lock(mutex_);
        if (known_.size() >= known_max)
            known_.clear();
        if (*outcome)
            known_.insert_or_assign(question.name,
                                    Known{**outcome, clock_.monotonic() + known_for});
    }
    question.done(*std::move(outcome));
}

Result<Resolver::Addresses> Resolver::system_lookup(const std::string& name) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int error = ::getaddrinfo(name.c_str(), nullptr, &wanted, &list);
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    Addresses out;
    for (const addrinfo* one = list; error == 0 && one; one = one->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0,
                          NI_NUMERICHOST) == 0)
            out.emplace_back(text);
    }
    if (out.empty())
        return fail(Code::unavailable, "the host name " + name + " was not found: " +
                                           (error ? ::gai_strerror(error) : "no address"));
    return out;
}

} // namespace bw::net
