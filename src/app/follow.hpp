// `bellwether follow`: a second node that keeps copies of other nodes' journals on its own disk,
// and nothing else. Needs no database.
#pragma once

#include "app/installation.hpp"

namespace bw::app {

struct FollowOptions {
    std::string listen = "127.0.0.1:8490";   // port 0: the system picks; <data>/run/address tells
    std::uint64_t bytes_limit = 10ull << 30; // of one journal's copy
    std::string tls_certificate = {};        // PEM file; with tls_key: HTTPS
    std::string tls_key = {};
};

/// Until SIGTERM or SIGINT. Copies lie at <data>/copies/<cell>/<epoch>, each a journal directory.
Result<void> follow(const Installation& installation, const FollowOptions& options);

} // namespace bw::app
