// Two institutions with the same shape of data: alpha attacks, bravo is attacked. Every tenant
// table has rows of both, and what is bravo's can be told by its marker or its ids wherever it
// turns up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/installation.hpp"

namespace bw::test {

struct Side {
    tenancy::TenantInfo info;
    std::string marker; // in every text of this side: "ALPHAMARK" or "BRAVOMARK"
    std::string
        due; // the day of its assignment's due instant, which is no text but must not leak either
    unsigned char first_byte; // of every row's uuid: 0xaa or 0xbb, eight times

    /// The uuid of this side's row of that kind: 1 org, 2 academic session, 3 course, 4 section, 5
    /// student, 6 teacher, 7 administrator, 8 category, 9 line item and assignment, 10 submission,
    /// 11 refused submission; up from 20: links, events, runs.
    Uuid id(unsigned char kind) const;
    std::string username(std::string_view who) const; // "student", "teacher", "admin"
};

struct TwoTenants {
    Installation installation;
    Side alpha, bravo;

    TwoTenants();
};

/// Tables with a tenant_id, schema-qualified, in the database's catalogue.
std::vector<std::string> tenant_tables(Session& superuser);
/// A digest of all of one side's rows, a "table digest" line for each tenant table. In any session:
/// within a transaction it shows what that transaction changed.
std::string digest(Session& session, const Side& side);
/// What an answer must not hold: does `bytes` contain the side's marker or one of its ids, raw or
/// as text?
bool betrays(const Side& side, std::string_view bytes);

} // namespace bw::test
