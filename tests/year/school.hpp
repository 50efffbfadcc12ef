// What there is to be active in: the classes of an installation, as its rosters say. Does not
// belong here: what people do (year).
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"

namespace bw::year {

struct Student {
    Uuid id{};
    std::uint64_t number;      // of the roster's name: what is made follows from it
    std::int32_t begins, ends; // days since 1970, half-open
};
struct Task {
    Uuid id{};
    std::uint64_t number;
    std::int64_t due_us;
};
struct Class {
    std::size_t zone; // of Schools::zones
    Uuid tenant{}, section{}, teacher{};
    std::uint64_t number;
    std::int32_t begins, ends; // its students' first day, and the last that something is due on
    std::vector<Student> students;
    std::vector<Task> tasks; // by due instant
    std::vector<Uuid> materials, announcements;
};
/// When each day begins.
struct Zone {
    std::string name;
    std::int32_t first_day;
    std::vector<std::int64_t> begins_us;
    std::int64_t at(std::int32_t day) const {
        return begins_us.at(static_cast<std::size_t>(day - first_day));
    }
};
struct Schools {
    std::vector<Class> classes;
    std::vector<Zone> zones;
};

/// Ends the program with PostgreSQL's words.
[[noreturn]] void give_up(PGconn* connection, const char* doing);
/// Any statements; the rows of the last, in text.
std::vector<std::vector<std::string>> ask(PGconn* connection, const std::string& sql);
Uuid uuid_of(const std::string& text);

/// All classes with students and something due, of every institution; as a superuser. Materials and
/// announcements are made where a class has none.
Schools read_schools(PGconn* connection, std::uint64_t seed);

} // namespace bw::year
