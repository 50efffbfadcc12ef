#include "storm/head_book.hpp"

#include <algorithm>
#include <thread>

namespace bw::storm {

void HeadBook::add(const journal::Head& head) {
    auto [at, is_new] = heads_.try_emplace({head.epoch, head.size}, head);
    forked_ += !is_new && at->second.root != head.root;
}

/// Within a second or two.
Result<std::map<std::uint64_t, Api*>> HeadBook::await_published(std::span<Api> intakes,
                                                                const std::string& host,
                                                                Deadline deadline) const {
    std::map<std::uint64_t, std::uint64_t> wanted; // the largest size of each epoch
    for (const auto& [place, head] : heads_)
        wanted[place.first] = place.second;
    std::map<std::uint64_t, Api*> found;
    for (int tries = 0; tries < 50; ++tries) {
        for (Api& api : intakes)
            for (const submissions::SignedHead& latest : TRY(api.journal_heads(host, deadline)))
                if (auto at = wanted.find(latest.head.epoch);
                    at != wanted.end() && latest.head.size >= at->second) {
                    found[at->first] = &api;
                    wanted.erase(at);
                }
        if (wanted.empty())
            return found;
        std::this_thread::sleep_for(200ms);
    }
    return fail(Code::corrupt, "no head is published that the last receipts are part of");
}

HeadBook::Findings HeadBook::check(std::span<Api> intakes, const std::string& host,
                                   const std::vector<submissions::ReceiptKey>& keys,
                                   std::size_t proofs_limit, Deadline deadline) const {
    Findings found{.heads = heads_.size(), .forked = forked_};
    const std::size_t step = std::max<std::size_t>(1, heads_.size() / proofs_limit);
    auto published = await_published(intakes, host, deadline);
    if (!published) {
        found.example = published.error().text();
        return found;
    }
    std::size_t number = 0;
    for (const auto& [place, head] : heads_) {
        if (number++ % step != 0)
            continue;
        auto proof = published->at(head.epoch)->consistency(host, head.epoch, head.size, deadline);
        if (!proof) {
            found.example = "no proof for the head of " + std::to_string(head.size) +
                            " groups: " + proof.error().text();
            return found;
        }
        auto held = verify(*proof, head, keys);
        ++(held ? found.proven : found.refused);
        if (!held && found.example.empty())
            found.example = held.error().text();
    }
    return found;
}

} // namespace bw::storm
