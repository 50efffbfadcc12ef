// The roles of one process side by side: opened, told of, served, ended.
#pragma once

#include <functional>
#include <memory>

#include "app/api_role.hpp"
#include "app/auth_role.hpp"
#include "app/background.hpp"
#include "app/intake_role.hpp"
#include "app/live_classes.hpp"
#include "app/operator_role.hpp"
#include "app/recordings.hpp"
#include "app/report_role.hpp"
#include "app/reports_elsewhere.hpp"
#include "app/rooms_role.hpp"

namespace bw::app {

/// A null one is none of this process. Destroyed upwards: what lanes still do may call intake.
struct Roles {
    /// `port`: that is listened on. `common` outlives them.
    static Result<std::unique_ptr<Roles>> open(CommonParts& common, std::uint16_t port);

    /// Before the server: what asks and works by itself.
    void start();
    /// Before the server drains: connections that would never end by themselves.
    void send_away();
    /// After the server: lanes and their askers first, the journals last.
    void stop();

    CommonParts& common;
    std::unique_ptr<IntakeRole> intake;
    /// What requests ask the database that is neither a hash nor an operator's.
    tenancy::DatabaseLane lane;
    std::unique_ptr<OperatorRole> operators;
    std::unique_ptr<AuthRole> auth;
    std::unique_ptr<LiveClasses> live; // roles live, rooms, api and operator
    std::unique_ptr<RoomsRole> rooms;
    std::unique_ptr<ApiRole> api;
    std::unique_ptr<Recordings> recordings; // role api
    std::unique_ptr<ReportRole> report;
    std::unique_ptr<ReportsElsewhere> reports_elsewhere; // never null
    Background background; // role worker, and what no role is needed for

private:
    Roles(CommonParts& of, std::unique_ptr<IntakeRole> first);
};

/// All that is known here of how the process is. `roles` outlives the result.
HealthSources health_of(const Roles& roles);

/// How reports are, here or in another process; none: nobody is asked. `roles` outlives it.
std::function<Result<ReportState>()> report_states(const Roles& roles);

/// Of a disk; empty: the journal is on none here.
std::filesystem::path journal_directory(const CommonParts& common);

WallSources walls_of(const Roles& roles);

/// What is answered here, with its document. All outlive it.
Result<net::RouteTable> routes_of(Roles& roles, const HealthSources& health, WallReadings& walls,
                                  Instant started_at);

} // namespace bw::app
