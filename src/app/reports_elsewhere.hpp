// Reports that another process has: what role api passes on to it, and what is told here of how
// they are.
#pragma once

#include <memory>
#include <string>

#include "app/report_state.hpp"
#include "net/forwarder.hpp"
#include "tenancy/gate.hpp"

namespace bw::app {

/// An answer is held here until its client has it: so many of so many bytes at once.
constexpr std::size_t reports_asked_at_once = 16;
constexpr std::size_t report_answer_bytes_max = 8UL << 20; // 10,000 lines, and names

/// Outlives the server whose routes it has.
class ReportsElsewhere {
public:
    /// `address`: ADDRESS:PORT of a process of role report, which trusts this one as its proxy;
    /// empty: this installation has no reports, which callers are told.
    /// `admin`: of its admin listener; empty: nothing is told of it.
    static Result<std::unique_ptr<ReportsElsewhere>>
    at(const std::string& address, const std::string& admin, const Clock& clock);
    void add_routes(net::RouteTable& routes, const tenancy::Gate& gate);

    bool tells() const { return admin_ != nullptr; }
    /// Asks it, for a second at most. Thread-safe.
    Result<ReportState> state() const;

private:
    explicit ReportsElsewhere(const Clock& clock) : clock_(clock) {}

    const Clock& clock_;
    std::unique_ptr<net::Forwarder> forwarder_; // null: there are none
    std::unique_ptr<net::Client> admin_;        // null: it is not known
};

} // namespace bw::app
