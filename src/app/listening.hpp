// What serve's options say about where and how it listens, as net and accounts want it.
#pragma once

#include "accounts/routes.hpp"
#include "app/serve.hpp"
#include "net/server.hpp"

namespace bw::app {

/// All but address, port and what is measured. invalid_field for proxies and origins that are none,
/// and for a certificate without its key.
Result<net::ServerOptions> http_options(const ServeOptions& options);

/// How links to institutions begin, as people reach them from outside.
accounts::Origins origins_of(const ServeOptions& options, std::uint16_t port);

} // namespace bw::app
