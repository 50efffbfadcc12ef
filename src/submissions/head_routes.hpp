// Public HTTP for whoever checks receipts: keys, heads, consistency proofs. No credential: a proof
// that only its maker can see is none.
#pragma once

#include "lane/lane.hpp"
#include "net/http.hpp"
#include "submissions/head_publisher.hpp"

namespace bw::submissions {

struct ProofTurn {}; // a proof needs a thread and nothing else
using ProofLane = lane::Lane<ProofTurn>;

/// Everything outlives the route table. `epoch`: the journal's.
void add_head_routes(net::RouteTable& routes, const HeadPublisher& heads, std::uint64_t epoch,
                     ProofLane& lane, const std::vector<ReceiptKey>& keys);

} // namespace bw::submissions
