// The shipped nginx configuration in a real nginx, before servers of a test, and curl as its
// client. For test programs only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "front/process.hpp"
#include "net/certificate_for_test.hpp"
#include "support/temporary_directory.hpp"

namespace bw::test {

/// What curl saw.
struct Seen {
    std::string http;                           // "2", "1.1"
    int status = 0;                             // 0: no answer
    std::map<std::string, std::string> headers; // names in lower case
    std::string body;
};

/// Starts when made, and answers then; stops (QUIT) when it ends. Any failure of its own ends the
/// test program.
class Front {
public:
    /// `servers`: arguments of deploy/nginx/render that name them.
    explicit Front(const std::vector<std::string>& servers);
    ~Front();
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;

    /// curl with these arguments for a path at https://school.test; HTTP/2 unless they say
    /// otherwise.
    Seen ask(const std::string& path, const std::vector<std::string>& curl_arguments = {}) const;
    std::string url(const std::string& path) const;
    /// What every curl needs to reach and to trust this front.
    std::vector<std::string> curl() const;
    std::uint16_t tls_port() const { return tls_port_; }
    std::uint16_t plain_port() const { return plain_port_; }
    std::filesystem::path authorities() const { return authority_.file(); }

private:
    bool start(const std::vector<std::string>& servers);

    TemporaryDirectory directory_;
    net::TestAuthority authority_;
    std::filesystem::path certificate_;
    std::uint16_t tls_port_ = 0, plain_port_ = 0;
    pid_t nginx_ = 0;
};

} // namespace bw::test
