#include "storm/head_book.hpp"

#include <algorithm>

namespace bw::storm {

void HeadBook::add(const journal::Head& head) {
    auto [at, is_new] = heads_.try_emplace({head.epoch, head.size}, head);
    forked_ += !is_new && at->second.root != head.root;
}

HeadBook::Findings HeadBook::check(Api& api, const std::string& host,
                                   const std::vector<submissions::ReceiptKey>& keys,
                                   std::size_t proofs_limit, Deadline deadline) const {
    Findings found{.heads = heads_.size(), .forked = forked_};
    const std::size_t step = std::max<std::size_t>(1, heads_.size() / proofs_limit);
    std::size_t number = 0;
    for (const auto& [place, head] : heads_) {
        if (number++ % step != 0)
            continue;
        auto proof = api.consistency(host, head.epoch, head.size, deadline);
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
