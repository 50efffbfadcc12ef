// A school year, written into PostgreSQL as the recorders would have left it: by COPY, past all
// checks. Does not belong here: what happens in it (year).
#pragma once

#include "year/year.hpp"

namespace bw::year {

struct Filled {
    std::int64_t activities = 0, hand_ins = 0, gradings = 0, extensions = 0, sign_ins = 0,
                 load_minutes = 0;
};

/// As a superuser, in one transaction. Sign-ins stand in the audit log, but in no tree of it: who
/// wants to verify the log makes none.
Filled fill(PGconn* connection, const Schools& schools, const Plan& plan, bool sign_ins);

} // namespace bw::year
